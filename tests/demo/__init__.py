"""The demo: the App as it runs, before doubles of the outside, playing a story that checks itself."""
