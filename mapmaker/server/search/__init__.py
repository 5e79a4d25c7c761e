"""A finished map -> a server that tells what is like what: a page for people, and an API for programs.

`app` puts it together; `guard` decides who may ask, and how much; `parameters` and `openapi` say what can be asked,
`endpoints` answers, from the map that `holding` keeps in memory; `lanes` are threads for what takes long, `thumbnails`
the posters' pictures, and `running` the process around all of it.

What a network needs never keeps others waiting: one thread looks at pictures, a few may wait for it, and who comes
beyond is told to come again. Nothing is written, so nothing can be lost.
"""
