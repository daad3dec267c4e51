"""What the Alertmanager configuration must do with alerts: who receives them, how they are grouped, which are inhibited."""


def lines(text):
    return [line.split() for line in text.strip().splitlines()]


def labels(words):
    return dict(word.split("=", 1) for word in words)


# The receiver of each alert, besides `record`, which receives every alert.
ROUTES = [(receiver, labels(words)) for receiver, *words in lines("""
page        severity=critical alertname=AwsRootMfaOff account_id=1
page        severity=critical alertname=AwsRootTrailStopped account_id=1 trail=main home_region=us-east-1
page        severity=critical alertname=AwsRootCloudTrailOff account_id=1
page        severity=critical alertname=AwsRootTrailDeliveryFailing account_id=1 trail=main home_region=us-east-1
page        severity=critical alertname=AwsRootAccountUnreachable account_id=1
page        severity=critical alertname=AwsRootExporterDown job=root instance=a
page-event  severity=critical alertname=AwsRootLogin account_id=1 event_time=now
page-event  severity=critical alertname=AwsRootAccessKeyUsed account_id=1 key=1 event_time=now
chat        severity=warning alertname=AwsRootExporterRestarting job=root instance=a
chat        severity=warning alertname=AwsRootCollectorFailing account_id=1 collector=iam
chat        severity=warning alertname=AwsRootTrailDeliveryOld account_id=1 trail=main home_region=us-east-1
chat        severity=warning alertname=AwsRootDataMissing account_id=1 data=mfa_enabled
chat        severity=warning alertname=AwsRootDataOld account_id=1 collector=iam
chat        severity=warning alertname=AwsRootCheckUnknown account_id=1 check=root-mfa
chat        severity=warning alertname=AwsRootAccountMissing account_id=1
chat        severity=warning alertname=AwsRootScpRemoved account_id=1
chat        severity=warning alertname=AwsRootCentralAccessOff organization_id=o-example feature=root_sessions
chat-event  severity=warning alertname=AwsRootWriteActivity account_id=1 event_time=now
digest      severity=info alertname=AwsRootReadActivity account_id=1 event_time=now
digest      severity=info alertname=AwsRootCheckFailing account_id=1 check=root-scp
""")]

# Each of these alerts fires in two accounts: the receiver, its number of notifications, and the labels they are grouped by.
GROUPS = [(receiver, int(count), by, labels(words)) for receiver, count, by, *words in lines("""
page        1 alertname                        severity=critical alertname=AwsRootCloudTrailOff
page        1 alertname                        severity=critical alertname=AwsRootTrailStopped trail=main
page        1 alertname                        severity=critical alertname=AwsRootTrailDeliveryFailing trail=main
page        1 alertname                        severity=critical alertname=AwsRootAccountUnreachable
page        2 account_id                       severity=critical alertname=AwsRootMfaOff
page-event  2 account_id,alertname,event_time  severity=critical alertname=AwsRootLogin event_time=now
chat        1 alertname                        severity=warning alertname=AwsRootTrailDeliveryOld trail=main
chat        1 alertname                        severity=warning alertname=AwsRootCollectorFailing collector=iam
chat        1 alertname                        severity=warning alertname=AwsRootDataMissing data=mfa_enabled
chat        1 alertname                        severity=warning alertname=AwsRootDataOld collector=iam
chat        1 alertname                        severity=warning alertname=AwsRootCheckUnknown check=root-mfa
chat        1 alertname                        severity=warning alertname=AwsRootAccountMissing
chat        1 alertname                        severity=warning alertname=AwsRootScpRemoved
chat        2 account_id                       severity=warning alertname=AwsRootSecurityContactMissing
digest      1 severity                         severity=info alertname=AwsRootCheckFailing check=root-scp
""")]

INHIBITED, ACTIVE = "inhibited", "active"


def together(text):
    return [(state, labels([f"alertname={name}", *words])) for state, name, *words in lines(text)]


# Alerts that fire at the same time, and which of them must be inhibited.
INHIBITIONS = {
    "accounts": together("""
        active    AwsRootAccountUnreachable account_id=1
        inhibited AwsRootCollectorFailing account_id=1 collector=iam
        inhibited AwsRootDataMissing account_id=1 data=mfa_enabled
        inhibited AwsRootCheckUnknown account_id=1 check=root-mfa
        active    AwsRootLogin account_id=1 event_time=now
        active    AwsRootAccountMissing account_id=2
        inhibited AwsRootDataOld account_id=2 collector=iam
        inhibited AwsRootCredentialReportOld account_id=2
        active    AwsRootCollectorFailing account_id=3 collector=iam
        inhibited AwsRootDataOld account_id=3 collector=iam
        active    AwsRootDataOld account_id=3 collector=cloudtrail
        active    AwsRootCloudTrailOff account_id=3
        inhibited AwsRootTrailStopped account_id=3 trail=main
        active    AwsRootLoginWithoutMfa account_id=3 event_time=now
        active    AwsRootTrailStopped account_id=4 trail=main
        active    AwsRootMfaOff account_id=4
        inhibited AwsRootCheckFailing account_id=4 check=root-hardware-mfa
        active    AwsRootScpRemoved account_id=4
        inhibited AwsRootCheckFailing account_id=4 check=root-scp
        active    AwsRootCheckFailing account_id=4 check=iam-users-mfa
        active    AwsRootCredentialsRestored account_id=4
        inhibited AwsRootCheckFailing account_id=4 check=root-credentials-removed
        active    AwsRootCentralAccessOff feature=root_sessions organization_id=o-example
    """),
    "no exporter": together("""
        active    AwsRootExporterDown instance=a job=root
        inhibited AwsRootExporterAbsent
        inhibited AwsRootNoAccounts
        inhibited AwsRootAccountMissing account_id=5
        inhibited AwsRootDataMissing account_id=6 data=mfa_enabled
        inhibited AwsRootDataOld account_id=6 collector=iam
        inhibited AwsRootCredentialReportOld account_id=6
        active    AwsRootMfaOff account_id=6
        active    AwsRootThrottled service=iam
    """),
    # The other exporter watches account 6.
    "one of two exporters": together("""
        active    AwsRootExporterDown instance=a job=root
        inhibited AwsRootAccountMissing account_id=5
        active    AwsRootDataMissing account_id=6 data=mfa_enabled
        active    AwsRootDataOld account_id=6 collector=iam
        active    AwsRootCredentialReportOld account_id=6
        active    AwsRootMfaOff account_id=6
    """),
}
