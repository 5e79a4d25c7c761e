"""Where posters come from, when not from a folder of the user's."""
