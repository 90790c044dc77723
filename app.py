"""One file, two lives: the server loads it as the application, then runs it as the script at each rerun."""

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

if get_script_run_ctx(suppress_warning=True) is None:
    import logging
    from collections.abc import AsyncIterator
    from contextlib import asynccontextmanager
    from importlib import import_module

    from starlette.concurrency import run_in_threadpool

    from seep.errors import SeepError
    from seep.jobs.service_manager import reporting
    from seep.jobs.supervisor import Supervisor
    from seep.settings import settings
    from seep.web.identity import exit_if_open_to_others
    from seep.web.limiters import share_interpreter
    from seep.web.routes import middleware, routes
    from seep.web.streamlit_patches.entry_page import entry_routes
    from seep.web.streamlit_patches.server import ignore_page_folder
    from seep.web.streamlit_patches.unknown_address import unknown_routes
    from seep.workflow.maintenance.log_files import start_log
    from seep.workflow.workspace import open_workspace

    @asynccontextmanager
    async def lifespan(_app: st.App) -> AsyncIterator[None]:
        """Open the workspace and keep a worker at its jobs for as long as the server lives."""
        supervisor = Supervisor(settings())
        try:
            # Opened before the worker starts: two processes never make or migrate the same workspace at once.
            await run_in_threadpool(open_workspace)
            start_log(settings(), "app")
            # Imported once here: pages that first import pandas at the same time can get it half initialized.
            await run_in_threadpool(
                lambda: [import_module(name) for name in ("pandas", "plotly.graph_objects")]
            )
        except SeepError as error:  # the pages say so too; a server that is gone could not
            logging.getLogger("seep").error("%s", error)
        if settings().worker:
            supervisor.start()  # it tries again, since the disk may be mounted later
        async with reporting():
            yield
        await run_in_threadpool(supervisor.stop)

    ignore_page_folder()
    share_interpreter()
    exit_if_open_to_others()
    app = st.App(
        __file__,
        routes=[*routes(), *entry_routes(), *unknown_routes()],
        middleware=middleware(),
        lifespan=lifespan,
    )
else:
    from seep.ui import app_shell

    app_shell.show()
