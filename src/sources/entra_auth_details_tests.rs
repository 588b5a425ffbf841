use super::*;
use crate::sources::Sources;
use crate::sources::testing_idp::snapshots;

#[test]
fn details_and_sign_ins_of_the_portal() {
    snapshots("entra-authdetails-csv", Sources::default);
}

#[test]
fn the_sign_ins_own_file_is_not_taken_for_its_companion() {
    let h = |t: &str| Header::parse(t).unwrap();
    let yes = "Request ID,Authentication method,Succeeded,Result detail";
    assert!(EntraAuthDetailsCsv.bind_csv(&h(yes)).is_some());
    assert!(EntraAuthDetailsCsv.bind_csv(&h(&format!("{yes},Username"))).is_none());
    assert!(EntraAuthDetailsCsv.bind_csv(&h("Request ID,Authentication method")).is_none());
    assert!(EntraAuthDetailsCsv.bind_csv(&h("ID richiesta;Metodo di autenticazione;Operazione riuscita")).is_some());
}

#[test]
fn steps_fill_the_second_factor_of_their_sign_ins_and_are_counted() {
    use crate::events::kinds::Mfa;
    let root = std::path::PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let e = crate::pipeline::events_of(&root.join("testdata/formats/entra-authdetails-csv"));
    let v = e.view();
    let mut got: Vec<(String, Mfa, String)> = (0..e.len())
        .map(|i| {
            let detail = e.detail(&v, i).unwrap_or_default();
            let method = detail.get("AuthenticationMethod").unwrap_or_default();
            (e.record_id(&v, i), Mfa::from_u8(v.mfa[i]), method.to_string())
        })
        .collect();
    got.sort();
    let said: Vec<(Mfa, &str)> = got.iter().map(|(_, m, how)| (*m, how.as_str())).collect();
    assert_eq!(
        said,
        [
            (Mfa::Done, "Password; Mobile app notification"),
            (Mfa::ByToken, "Previously satisfied"),
            (Mfa::Denied, "Mobile app notification")
        ]
    );
    let p = e.parts.iter().find(|p| p.name.ends_with("_AuthDetails.csv")).unwrap();
    assert_eq!((p.joined_steps, p.lone_steps, p.not_relevant, p.rejected), (4, 1, 5, 1));
}
