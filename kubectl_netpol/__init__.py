"""kubectl netpol: what does a NetworkPolicy mean for your Services?

Data flows one way, and each value is made once and frozen:

    argv → Options → Snapshot → Cluster → Rules → Verdicts, Findings → Report → text

    __main__    main(): the only catch, the only exit code
    cli         argv → Options; flags, help, examples. The rest is imported after it
    flags       what each flag takes and does, for help and for completion
    completion/ what the Tab key may add to a command line
    options     what a command line asks for, parsed: targets, sources, ports
    errors      NetpolError(message, hint) and the exit statuses
    api         the fields of the Kubernetes API that we read; None, defaults, validation
    snapshot    what is known of a cluster at one moment, and what could not be read
    reports     the JSON kinds
    inputs/     files → Snapshot
    server/     kubeconfigs → connection → Snapshot; kubectl's diff, and what is written
    core/       pure: no I/O, no clock, no environment; each module imports only those before it
    commands/   explain/ (a module for each form), suggest, diff: Options → Report; apply/: a Difference → the cluster
    render/     Report → text: every sentence stands once, in words

Sources of the rules are in docs/semantics.md; how to add a finding, a format or a rule is in CONTRIBUTING.md.
"""
__version__ = "0.1.0"
