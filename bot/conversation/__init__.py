"""The conversation engine. Pure: values in, values out.

``start``, ``hear`` and ``wake`` (``engine``) each return a ``Decision``; all that can be decided is listed in
``decision``. ``loader`` reads flows, ``checker`` judges them.
"""
