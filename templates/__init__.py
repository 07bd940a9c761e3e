"""The texts of comments, pages and messages; package data, read only by `notices`."""
