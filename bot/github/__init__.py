"""The only room that talks to GitHub: values in, values out, errors as one small tree."""
