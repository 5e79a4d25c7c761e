"""What was learned -> how far it holds, on films that were never seen, beside what features alone are worth.

`retrieval` asks who is near whom, `classification` how well scores agree with labels, `bootstrap` how far either may be
chance; `probe` and `calibration` make scores and probabilities of any features.
"""
