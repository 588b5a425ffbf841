use super::*;
use crate::sources::testing_onprem::snapshot;

#[test]
fn fixture_is_decoded_as_before() {
    let d = snapshot(&AzureActivityCsv, "activity.csv");
    assert_eq!((d.events.len(), d.rejects.len()), (1, 1));
}
