"""--apply: how does a difference that was shown become true, and nothing else? flow has the whole way."""
