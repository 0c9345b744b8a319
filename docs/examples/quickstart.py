import verify.scaling

findings = verify.scaling.run(scales=[1, 2], seeds=3, student="erf", store=None)
for finding in findings:
    print(finding.claim, finding.verdict, finding.estimate, finding.interval, sep="\n  ")
