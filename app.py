"""The page: set-up and navigation, nothing else."""

import streamlit as st
from app_pages import shared, workplace

words = shared.words("app")
# Before st.navigation, and never a material icon: that one would be fetched from a font server.
st.set_page_config(page_title=words["title"], page_icon="📬", layout="wide")
shared.style()
workplace.swept()
places = [
    st.Page("app_pages/analyze.py", title=words["analyze"], url_path="analyze", default=True),
    st.Page("app_pages/mailbox.py", title=words["mailbox"], url_path="mailbox"),
    st.Page("app_pages/about.py", title=words["about"], url_path="about"),
]
# Streamlit's own menu hides behind a button on a phone and stays open over the page; three links need no menu.
page = st.navigation(places, position="hidden")
with st.container(horizontal=True, key="places"):
    for place in places:
        st.page_link(place)
try:
    page.run()
except Exception as error:  # noqa: BLE001 - Streamlit's own box offers to send the error to other sites
    shared.broke(error)
