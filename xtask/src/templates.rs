//! The actions in the `CloudFormation` templates. The Terraform modules read the policies themselves.
use crate::{
    policies::actions,
    tree::{File, Tree, replace_between},
};
use aws_root_exporter::docs::Scope;
use std::collections::BTreeSet;

struct Template {
    /// Name of the file.
    name: &'static str,
    /// The scope with all actions of the template.
    scope: Scope,
    /// The smaller scope that is granted in any case, and the condition of the other actions.
    smaller: Option<(Scope, &'static str)>,
}

const TEMPLATES: [Template; 3] = [
    Template {
        name: "account",
        scope: Scope::Account,
        smaller: None,
    },
    Template {
        name: "organization",
        scope: Scope::Management,
        smaller: Some((Scope::DelegatedAdministrator, "Management")),
    },
    Template {
        name: "member-role",
        scope: Scope::Account,
        smaller: Some((Scope::Member, "Account")),
    },
];
const STATEMENT: &str =
    "- Sid: AwsRootExporter\n                Effect: Allow\n                Action:\n";
const GUARDDUTY: &str =
    "- Sid: GuardDutyOfMembers\n                  Effect: Allow\n                  Action: ";

pub(crate) fn files(tree: &Tree) -> Result<Vec<File>, String> {
    TEMPLATES.iter().map(|it| it.file(tree)).collect()
}

impl Template {
    fn file(&self, tree: &Tree) -> Result<File, String> {
        let path = format!("deploy/aws/cloudformation/{}.yaml", self.name);
        let list = self.list()?;
        let mut file = tree.replaced(&path, STATEMENT, &list, "                Resource:")?;
        // Only an organization has a GuardDuty administrator; the template `account` does not grant its actions.
        if self.smaller.is_some() {
            let actions = actions(Scope::GuarddutyAdministrator)?.join(", ");
            let flow = format!("[{actions}]");
            file.content = replace_between(&file.content, GUARDDUTY, &flow, "\n")
                .ok_or_else(|| format!("{path} lacks the statement GuardDutyOfMembers"))?;
        }
        Ok(file)
    }

    /// A line for each action.
    fn list(&self) -> Result<String, String> {
        let all: BTreeSet<String> = actions(self.scope)?.into_iter().collect();
        let (always, condition) = match self.smaller {
            Some((scope, condition)) => (actions(scope)?.into_iter().collect(), condition),
            None => (all.clone(), ""),
        };
        if let Some(action) = always.difference(&all).next() {
            return Err(format!(
                "{:?} lacks {action}, which the smaller scope has",
                self.scope
            ));
        }
        let line = |action: &String| {
            if always.contains(action) {
                format!("                  - {action}\n")
            } else {
                format!("                  - !If [{condition}, {action}, !Ref AWS::NoValue]\n")
            }
        };
        Ok(all.iter().map(line).collect())
    }
}
