"""What a run is: frozen dataclasses, file names and pure functions over them. No I/O."""
