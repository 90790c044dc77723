"""The pages of the app, in the order of a user's work."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Page:
    """A page.

    Attributes:
        name: of its file in `pages/`, and its path; Overview has the address of the app itself.
        title: in the navigation.
        icon: Material symbol.
        has_charts: it draws charts. Their script has 4.7 MB; Streamlit asks for it when the first chart arrives.
    """

    name: str
    title: str
    icon: str
    has_charts: bool = False

    @property
    def path(self) -> str:
        """Path of the page below the base path, "" for Overview."""
        return "" if self.name == OVERVIEW else self.name


OVERVIEW, SITES, GUIDE, PEOPLE = "overview", "sites", "guide", "people"
PAGES = (
    Page(OVERVIEW, "Overview", "dashboard", has_charts=True),
    Page("browse", "Browse", "grid_view"),
    Page("scene", "Scenes", "map"),
    Page(SITES, "Sites", "trip_origin"),
    Page("review", "Review", "draw"),
    Page("agreement", "Agreement", "compare"),
    Page("finetune", "Fine-tune", "model_training", has_charts=True),
    Page("models", "Models", "account_tree", has_charts=True),
    Page("data", "Data", "database"),
    Page("settings", "Settings", "settings"),
    Page(GUIDE, "Guide", "menu_book"),
    Page(PEOPLE, "People", "group"),
)
