"""A real Kubernetes API server on this machine, without containers: what the live tests lie in.

    versions → programs ← building                  which Kubernetes, where its programs are, how they are made (make bed)
    certificates, users, processes → keeper         what runs, and what keeps it running as long as a test process wants it
    joining → Bed                                   a test process joins the one bed of its run; what a test can ask of it

There is no kubelet: pods run once a test says so (Bed.start_pods).
"""
