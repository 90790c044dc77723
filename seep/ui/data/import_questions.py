"""What an import asks: the split of each new scene, and what the classes of the masks mean."""

from collections import Counter
from dataclasses import replace

import streamlit as st

from seep.core.import_options import ImportOptions
from seep.core.masks.classes import MAX_NAME_LENGTH, has_default_names
from seep.ui import formatting
from seep.ui.settings.split_table import split_table
from seep.ui.widgets import facts
from seep.workflow.classes import get_classes
from seep.workflow.imports.preview import ImportPreview, splits_to_choose
from seep.workflow.workspace import Workspace

_MOST_ASKED = 12
_COLUMNS = 3


def splits_and_classes(
    workspace: Workspace, preview: ImportPreview, options: ImportOptions
) -> tuple[ImportOptions, dict[int, str]]:
    """Draw both questions; return the options with the splits, and the names of the classes by id.

    There are no names if the masks have no class ids, or if the classes have names already.
    """
    chosen = splits_to_choose(workspace, preview)
    if chosen:
        area = st.container()
        with st.expander("Change splits", key="import-splits"):
            splits = split_table(chosen)
        counts = Counter(splits.values())
        with area:
            facts(
                {
                    "Splits of new scenes": ", ".join(
                        f"{counts[split]} {word.lower()}" for split, word in formatting.SPLITS.items()
                    )
                }
            )
        options = replace(options, splits=splits)
    return options, _class_names(workspace, preview)


def _class_names(workspace: Workspace, preview: ImportPreview) -> dict[int, str]:
    own = get_classes(workspace)
    if not preview.mask_images or preview.lists_classes or not has_default_names(own):
        return {}
    asked = [one for one in preview.class_ids if 0 < one < len(own)][:_MOST_ASKED]
    if not asked:
        return {}
    st.markdown("**What do the classes of the masks mean?**")
    columns = st.columns(_COLUMNS)
    names = {
        one: columns[at % _COLUMNS].text_input(
            f"Class {one}", value=own[one].name, key=f"import-class-{one}-name", max_chars=MAX_NAME_LENGTH
        )
        for at, one in enumerate(asked)
    }
    st.caption("All classes are named and colored on Settings.")
    return {one: name.strip() for one, name in names.items() if name.strip() != own[one].name}
