"""HTML reports from the Jinja2 templates of this package; the scene and the evaluation report share it."""

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined


def render_html(template: str, **values: object) -> str:
    """Render a template to an HTML document.

    Every value is escaped. Wrap HTML that is safe by construction in `markupsafe.Markup`.

    Args:
        template: file name in `templates/`; it extends `base.html`.
        **values: names that the template uses.

    Raises:
        jinja2.UndefinedError: the template uses a name that is not in `values`.
    """
    return _environment().get_template(template).render(values)


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("seep.io.reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
