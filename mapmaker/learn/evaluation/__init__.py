"""What was learned -> how far it holds, on films that were never seen, beside what features alone are worth.

    posters = Posters(images, metadata)
    done = evaluate(posters, Networks(model=Path("run/model.keras")), Place(Path("evaluation")))
    told = classify(read_reference(Path("evaluation")), [Path("new.jpg")])

`retrieval` asks who is near whom, `classification` how well scores agree with labels; `sampling` and `bootstrap` how
far either may be off, as `estimates`; `probe` and `calibration` make scores and probabilities of any features.
`origin` is what a network has learned from, `beside` what it is measured beside; `subjects` are what is measured,
`measuring` and `telling` ask all of them the same, `findings` is what comes of it, `report` writes that, `reference` is
what `classifying` and `plotting` go on from. `evaluating` is all of it, from a folder of images to one with a report.
"""
