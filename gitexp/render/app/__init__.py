"""What the app in the browser reads: runs, curves and files as JSON and packed bytes."""
