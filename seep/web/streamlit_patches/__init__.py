"""What Seep changes in Streamlit, or takes from its inside, in one place. Look through it before an upgrade."""

TESTED_VERSIONS = ("1.67.0",)
