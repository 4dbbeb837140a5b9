"""What a run logs that is no number: images, tables, sound, charts, ….

Each kind is a file; a value is encoded when it is made, so that it may change afterwards, and
written to the journal when it is logged.
"""
