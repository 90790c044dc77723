"""The sign-in page and the People page: the same workspace, served to people with accounts."""

from docs.screenshots.camera import Camera
from docs.screenshots.staging import PEOPLE
from seep.workflow.access import accounts
from seep.workflow.actor import Role
from seep.workflow.workspace import Workspace
from seep_testing.live import LiveApp

ROLES: dict[str, Role] = {"Jo": "lead", "Lin": "reviewer", "Mara": "annotator", "guest": "viewer"}
PASSWORD = "oil on water"  # noqa: S105 - of accounts that end with the pictures


def take_people(camera: Camera, workspace: Workspace) -> None:
    """Sign in as an admin, and look at the accounts."""
    admin = PEOPLE[0]
    known = {one.name for one in accounts.list_accounts(workspace, admin)}
    for name, role in ({admin.name: admin.role} | ROLES).items():
        if name not in known:
            accounts.add_local(workspace, name, role, PASSWORD, admin)
    folder = workspace.store.root.parent
    app = LiveApp(folder, worker=False, environment={"SEEP_AUTH": "local"})
    app.start()
    try:
        page = camera.page
        page.goto(f"{app.url}/people")
        page.get_by_label("Name").fill(admin.name)
        camera.take("sign-in")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_selector(".stMain h1")
        page.get_by_role("combobox", name="Person").last.click()
        page.get_by_role("option", name="Jo").click()  # the imports of the admin name paths
        camera.settle()
        camera.take("people", 1200)
    finally:
        app.stop()
