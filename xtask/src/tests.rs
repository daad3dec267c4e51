//! A derived file is up to date, and a change to its derived part is noticed and undone.
use crate::{
    GENERATORS, outdated,
    tree::{File, Tree},
};

/// A text of the derived part of a file.
fn derived_text(path: &str) -> &'static str {
    match path {
        "docs/metrics.md" => "| `aws_root_account_info` |",
        "docs/checks.md" => "## root-mfa\n",
        "docs/configuration.md" => "```yaml\n# ",
        "docs/permissions.md" => "\"iam:GetAccountSummary\"",
        "docs/alerts.md" => "| [AwsRootLogin]",
        "deploy/aws/cloudformation/account.yaml" => "- iam:GetAccountSummary",
        "deploy/aws/cloudformation/organization.yaml" => "[guardduty:GetMembers]",
        "deploy/aws/cloudformation/member-role.yaml" => "[Account, organizations:ListAccounts,",
        "deploy/kubernetes/components/prometheus-operator/prometheusrules.yaml" => {
            "alert: AwsRootLogin"
        }
        "dashboards/kustomization.yaml" => "files: [aws-root-fleet.json",
        "dashboards/account.json" => "\"Register MFA devices for the root user",
        "deploy/helm/aws-root-exporter/README.md" => "| `image.pullPolicy` |",
        "tests/exporter/golden.prom" => "aws_root_check_passed{",
        path if path.starts_with("deploy/aws/policies/") => "\"Effect\": \"Allow\"",
        path => panic!("no text of {path} is given"),
    }
}

fn paths(files: &[File]) -> Vec<&str> {
    files.iter().map(|file| &*file.path).collect()
}

#[test]
fn derived_files_are_up_to_date_and_a_changed_byte_is_found() {
    let repository = Tree::repository();
    for &generate in GENERATORS {
        let files = generate(&repository).unwrap();
        assert!(!files.is_empty());
        for file in &files {
            let path = &*file.path;
            let text = repository.read(path).unwrap();
            assert!(text == file.content, "{path} is out of date");
            let derived = derived_text(path);
            assert!(text.contains(derived), "{path} lacks {derived:?}");
            let last = derived.len() - 1;
            let changed = format!("{}~{}", &derived[..last], &derived[last..]);
            let tree = Tree::with(path, text.replacen(derived, &changed, 1));
            let found = outdated(&tree, &[generate]).unwrap();
            assert_eq!(paths(&found), [path]);
            assert!(found[0].content == text, "{path} is not restored");
        }
    }
}

#[test]
fn sources_change_the_files_made_from_them() {
    let cases: [(&str, &str, &str, &[&str]); 4] = [
        (
            "deploy/prometheus/rules/logging.yml",
            "severity: critical",
            "severity: info",
            &[
                "docs/alerts.md",
                "deploy/kubernetes/components/prometheus-operator/prometheusrules.yaml",
            ],
        ),
        (
            "deploy/helm/aws-root-exporter/values.yaml",
            "pullPolicy: IfNotPresent",
            "pullPolicy: Always",
            &["deploy/helm/aws-root-exporter/README.md"],
        ),
        (
            "docs/metrics.md",
            "# Metrics",
            "# All metrics",
            // What is written by hand is kept.
            &[],
        ),
        (
            "tests/exporter/world.yaml",
            "password: { changed: -500d",
            "password: { changed: -501d",
            &["tests/exporter/golden.prom"],
        ),
    ];
    for (path, text, other, expected) in cases {
        let before = Tree::repository().read(path).unwrap();
        assert!(before.contains(text), "{path} lacks {text}");
        let tree = Tree::with(path, before.replacen(text, other, 1));
        let found = outdated(&tree, GENERATORS).unwrap();
        assert_eq!(paths(&found), expected, "{path}");
    }
}

#[test]
fn a_missing_block_is_an_error() {
    let path = "docs/alerts.md";
    let text = Tree::repository().read(path).unwrap();
    let tree = Tree::with(path, text.replace("<!-- /generated -->", ""));
    let error = crate::alerts::files(&tree).err();
    assert_eq!(
        error.as_deref(),
        Some("docs/alerts.md lacks the block alerts")
    );
}
