"""The keys of the line face, as ``/keys`` lists them."""

KEYS = """\
Enter  send; while a turn runs: queue       Alt+Enter  new line
Esc, Ctrl+C  stop the turn                  Ctrl+S  steer: say it to the running turn
Shift+Tab  next mode                        Ctrl+G  write in an editor
Ctrl+R  search the history                  Tab  complete @file or /command
Ctrl+D, /quit  leave"""
