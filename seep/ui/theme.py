"""Styles that `.streamlit/config.toml` cannot express: CSS rules, and the colors of plots.

The CSS rules are constants of this module; user input is never passed to `st.html`.
"""

import streamlit as st

ACCENT = "#2f8fb5"
GRAY = "#8a8f98"
SERIES = ("#2f8fb5", "#c2803a", "#5b9a6b", "#9a7bc4", "#b5697f", "#8a8f98")

_DROP = (
    '<path d="M12 2.5c3.6 4.4 6 7.8 6 11.2a6 6 0 0 1-12 0c0-3.4 2.4-6.8 6-11.2z" fill="#2f8fb5"/>'
    '<path d="M7.6 14.6c1.5-1.3 2.9-1.3 4.4 0s2.9 1.3 4.4 0" fill="none" stroke="#fff" stroke-width="1.6" '
    'stroke-linecap="round"/>'
)
ICON = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" width="24" height="24">{_DROP}</svg>'
MARK = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 92 24" width="92" height="24">'
    f"{_DROP}"
    '<text x="26" y="18" font-family="-apple-system, Segoe UI, Noto Sans, Liberation Sans, sans-serif" '
    'font-size="18" font-weight="700" fill="#2f8fb5">Seep</text></svg>'
)

_PAGES = """
<style>
  .stMainBlockContainer { max-width: 1680px; padding-left: 2rem; padding-right: 2rem; padding-bottom: 2rem; }
  .stApp { font-variant-numeric: tabular-nums; }
  .stApp h1 { padding: 0; letter-spacing: -0.01em; }
  .stApp h2, .stApp h3 { padding: 0.25rem 0; }
  [data-testid="stBaseButton-primary"]:not(:disabled), [data-testid="stBaseButton-primaryFormSubmit"],
  .stMultiSelect span[title] { color: light-dark(#ffffff, #0b1216); }
  /* Dialogs and popovers are outside of the element that has the color scheme. */
  @media (prefers-color-scheme: dark) {
    :is([data-testid="stDialog"], [data-testid="stPopoverBody"]) [data-testid^="stBaseButton-primary"]:not(:disabled) {
      color: #0b1216;
    }
  }
  [data-testid^="stBaseButton-primary"]:not(:disabled):hover { color: #ffffff; }
  .stMain { scrollbar-gutter: stable; }
  .stTable th::first-letter, .stTable th p::first-letter { text-transform: uppercase; }
  /* Streamlit's gray for ticks, titles and labels has a contrast of about 3 on white. */
  .stPlotlyChart :is(.xtick, .ytick, .g-xtitle, .g-ytitle, .annotation-text-g) text,
  .stPlotlyChart .textpoint text:not([style*="rgb(255, 255, 255)"]), .stPlotlyChart .bartext-outside {
    fill: light-dark(#4b5158, #b4b9c0) !important; opacity: 1 !important;
  }
  .stTable td, .stTable th { padding: 0.2rem 0.5rem 0.2rem 0.3rem !important; }
  .stTable td:first-child, .stTable td:last-child { white-space: nowrap; }
  [class*="st-key-token-"] { flex-wrap: nowrap !important; }
  .st-key-card-jobs td p {
    display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 3; overflow: hidden;
  }
  /* The note beside the selector breaks into two lines; the buttons stay in the row. */
  @media (min-width: 1200px) {
    .st-key-scene-head { flex-wrap: nowrap !important; }
    .st-key-scene-head > * { flex-shrink: 0; }
    .st-key-scene-head > [data-testid="stElementContainer"]:has([data-testid="stCaptionContainer"]) {
      flex: 1 1 0 !important; min-width: 0 !important;
    }
  }
  .stMetric label { opacity: 0.8; }
  .st-key-status [data-testid="stMetricValue"] { font-size: 1.14rem; white-space: normal; }
  [data-testid="stSidebarUserContent"] { padding-bottom: 1rem; }
  [data-testid="stSidebarUserContent"] :is(.stMarkdown, .stButton, .stLinkButton) { padding-left: 0.5rem; }
  .st-key-chapters { gap: 0; }
  .st-key-chapters .stMarkdown { padding-left: 0.5rem; }
  .st-key-chapters a { background: none; }
  .st-key-chapters a:hover { background: var(--st-secondary-background-color, light-dark(#e9ebee, #2b2d31)); }
  .st-key-chapters a :is(p, span) { font-weight: 400 !important; }
  /* A share of the text color, which is right in dialogs and popovers too; light-dark() is not. */
  [data-testid="stCaptionContainer"] { color: color-mix(in srgb, currentColor 70%, transparent); opacity: 1; }
  [data-testid="stCaptionContainer"] :is(p, li) { color: inherit; opacity: 1; }
  [data-variant][data-selected="true"], [data-variant][data-selected="true"] * { color: light-dark(#0b5a77, #7cc4df); }
  [data-testid="stSidebarNavLink"]:focus-visible, .stPageLink a:focus-visible {
    outline: 2px solid light-dark(#0d6a8c, #6bbad8); outline-offset: -2px;
  }
  .signed-out a {
    display: inline-block; padding: 0.4rem 0.8rem; border-radius: 4px; text-decoration: none;
    background: light-dark(#0d6a8c, #3b94b8); color: light-dark(#ffffff, #0b1216);
  }
  [data-testid="stDialog"] { background: rgb(0 0 0 / 0.55) !important; }
  [data-testid="stElementContainer"][data-stale="true"],
  [data-testid="stVerticalBlock"] > [data-stale="true"],
  .stPlotlyChart[data-stale="true"] { opacity: 1 !important; transition: none !important; }
  @media (prefers-reduced-motion: reduce) { * { animation: none !important; transition: none !important; } }
</style>
"""
# On the Review page the sidebar is a narrow strip of icons, so the image does not move. It opens over the canvas when
# it has the focus, not under the pointer: the tools are beside it. Under the pointer an icon shows its label. The page
# is dark in both themes, so that gray values are seen on a neutral background.
_REVIEW = """
<style>
  .stMainBlockContainer { max-width: none; padding: 0 !important; }
  .stMain { overflow: hidden; scrollbar-gutter: auto; background: #151517; }
  .stMain .stVerticalBlock { gap: 0; }
  .stAppHeader { background: transparent; pointer-events: none; height: 0; min-height: 0; }
  .stAppHeader button { pointer-events: auto; }
  [class*="st-key-review"] { opacity: 1 !important; }
  /* Painting continues while the server is unreachable, and the save status shows this: no dialog over the canvas. */
  [data-testid="stDialog"] { display: none !important; }
  [data-testid="stSidebar"] {
    width: 48px !important; min-width: 48px !important; z-index: 1000;
    background: #151517; color-scheme: dark; border: none !important;
  }
  [data-testid="stSidebar"] [data-testid="stSidebarContent"] {
    width: 48px; padding-left: 0; overflow: hidden; background: #151517; border-right: 1px solid #2b2d31;
  }
  [data-testid="stSidebarContent"] > * { width: 190px; flex-shrink: 0; }
  [data-testid="stSidebar"]:focus-within [data-testid="stSidebarContent"] {
    width: 208px; box-shadow: 8px 0 24px rgba(0, 0, 0, 0.45);
  }
  [data-testid="stSidebarNavLink"] { min-height: 25px; } /* also while the label is out of it */
  [data-testid="stSidebar"]:not(:focus-within) [data-testid="stSidebarNavLink"] > span + span {
    opacity: 0; /* not hidden: screen readers use it as the name of the link */
  }
  [data-testid="stSidebar"]:not(:focus-within) [data-testid="stSidebarNavLink"]:hover > span + span {
    opacity: 1; position: fixed; left: 52px; width: max-content; padding: 4px 10px; border-radius: 4px;
    background: #2b2d31; box-shadow: 0 3px 10px rgba(0, 0, 0, 0.45); pointer-events: none;
  }
  [data-testid="stSidebarCollapseButton"], [data-testid="stSidebarResizeHandle"] {
    visibility: hidden !important;
  }
  [data-testid="stSidebar"]:not(:focus-within) [data-testid="stSidebarUserContent"]
      :is(.stMarkdown, .stButton, .stLinkButton) {
    width: 20px; overflow: hidden; white-space: nowrap;
  }
  [data-testid="stSidebar"]:not(:focus-within) [data-testid="stSidebarUserContent"] :is(.stButton, .stLinkButton) {
    padding-left: 6px; /* centers the icon in the strip */
  }
  [data-testid="stSidebar"]:not(:focus-within) :is(.stButton, .stLinkButton)
      :is(button, a, :is(button, a) > div, :is(button, a) > div > span) {
    justify-content: flex-start;
  }
  [data-testid="stSidebar"]:not(:focus-within) :is(.stButton, .stLinkButton) [data-testid="stMarkdownContainer"] {
    opacity: 0; /* not hidden: it is the name of the button */
  }
  [data-testid="stSidebar"]:not(:focus-within) [data-testid="stSidebarHeader"] {
    clip-path: inset(0 168px 0 0);
  }
  [data-testid="stSidebar"]:not(:focus-within) .stTextInput { opacity: 0; }
  [data-testid="stSidebar"]:not(:focus-within) [data-testid="stElementContainer"]:has(.stTextInput)::before {
    content: "person"; position: absolute; top: 34px; left: 0; width: 20px; overflow: hidden; color: #d3d6da;
    font: 20px/1 "Material Symbols Rounded"; font-feature-settings: "liga"; pointer-events: none;
  }
  [data-testid="stSidebarNavSeparator"] { border-color: #2b2d31 !important; }
  [data-testid="stSidebar"] :is(p, span, label, svg) { color: #d3d6da !important; }
  [data-testid="stSidebarNavLink"]:is(:hover, [aria-current="page"]) { background: #2b2d31 !important; }
  [data-testid="stSidebar"] .stTextInput :is(input, [data-testid="stTextInputRootElement"]) {
    background: #232529 !important; color: #e3e5e8 !important; border-color: #383c42 !important;
  }
</style>
"""


def apply_style() -> None:
    """Set spacing and tabular numerals on every page, and keep elements opaque while the script runs."""
    st.html(_PAGES)


def apply_review_style() -> None:
    """Make the Review canvas fill the window, without padding, header and scroll bar."""
    st.html(_REVIEW)
