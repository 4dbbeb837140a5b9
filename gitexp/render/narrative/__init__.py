"""An author's Markdown with live panels → one page; and first drafts of such Markdown."""
