"""Review: one tile with its prediction, the drawing tools and the queue, in one component."""

from seep.ui import formatting, theme
from seep.ui.browse.filters import filter_from_url, filter_text, review_query
from seep.ui.browse.label_errors import no_label_errors
from seep.ui.components.canvas.mount import review_canvas
from seep.ui.query_params import numbers_in
from seep.ui.review import change_queue, denials, review_queue, second_masks_of, tile_from_url
from seep.ui.session import about_seeps, base_url, current_actor, current_workspace
from seep.ui.widgets import nothing_here, page_head
from seep.workflow.classes import classes_not_predicted, get_classes
from seep.workflow.inference.domain_shift import first_notice
from seep.workflow.places.places import list_places
from seep.workflow.review.orders import available_orders
from seep.workflow.review.queue import count
from seep.workflow.shortcuts import keys_of
from seep.workflow.training.wide_slicks import likely_radius, typical_width

workspace = current_workspace()
chosen, order, ignored = filter_from_url(workspace)
tile_id, ignored_tile = tile_from_url()
tiles = review_queue(workspace, chosen, order.key, tile_id)

if not count(workspace):
    page_head("Review")
    nothing_here(
        "No tiles. Import a folder of images.",
        ":material/draw:",
        "Import tiles",
        "pages/data.py",
    )
elif not tiles and tile_id is None and order.label_errors_only and not chosen.text:
    page_head("Review", "Possible label errors")
    no_label_errors(workspace)
elif (
    not tiles
    and tile_id is None
    and not chosen.text
    and (waiting := second_masks_of(workspace, current_actor()))
):
    page_head("Review")
    nothing_here(
        f"{formatting.count(len(waiting), 'second mask')} to draw. Every other matching tile is reviewed.",
        ":material/compare:",
        "Draw second masks",
        "pages/review.py",
        tiles=",".join(map(str, waiting)),
    )
elif not tiles and tile_id is None and not chosen.text:
    page_head("Review")
    nothing_here(
        "Review finished: every matching tile is accepted, corrected or rejected.",
        ":material/done_all:",
        "Open fine-tuning",
        "pages/finetune.py",
    )
else:
    theme.apply_review_style()
    listed = bool(numbers_in("tiles"))
    not_predicted = classes_not_predicted(workspace)
    answer = review_canvas(
        tile_id=tile_id,
        queue=tiles,
        classes=[
            vars(one) | ({"note": not_predicted[one.id]} if one.id in not_predicted else {})
            for one in get_classes(workspace)
        ],
        author=current_actor().name,
        order=order,
        orders=None if listed else available_orders(workspace),
        filters=review_query(chosen, order),
        filter_text="Selected tiles" if listed else filter_text(workspace, chosen),
        base_url=base_url(),
        keys=keys_of(workspace, current_actor().name),
        denials=denials(),
        ignored_radius_px=likely_radius(workspace),
        slick_width_px=typical_width(workspace),
        records_time=workspace.settings.active_time != "off",
        has_places=bool(list_places(workspace)),
        about_seeps=about_seeps(),
        notice=" ".join(text for text in (ignored, ignored_tile, first_notice(workspace)) if text),
        height="100vh",
    )
    if asked := answer.get("queue"):
        change_queue(asked)
