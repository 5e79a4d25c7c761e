"""What was learned -> how far it holds, on films that were never seen, beside what features alone are worth.

    done = evaluate(images, metadata, Networks(model=Path("run/model.keras")), Folders(Path("evaluation")))
    told = classify(read_kept(Path("evaluation")), [Path("new.jpg")])

`retrieval` asks who is near whom, `classification` how well scores agree with labels, `bootstrap` how far either may be
chance; `probe` and `calibration` make scores and probabilities of any features. `subjects` are what is measured,
`measuring` and `telling` ask all of them the same, `findings` is what comes of it, `report` writes that, `kept` is what
`classifying` and `plotting` go on from. `evaluating` is all of it, from a folder of images to a folder with a report.
"""
