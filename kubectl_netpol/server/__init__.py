"""The cluster itself: which one and as whom (kubeconfig), and requests to its API server (connection)."""
