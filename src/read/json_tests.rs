use super::*;

#[test]
fn walks_members_and_elements() {
    let v = Value::parse(r#" {"a": 1, "b":"x\"y", "c":[1,{"d":null}], "e":{"f":true}} tail"#).unwrap();
    let keys: Vec<_> = v.members().map(|m| m.unwrap().0).collect();
    assert_eq!(keys, ["a", "b", "c", "e"]);
    assert_eq!(v.get("b").unwrap().text().unwrap(), "x\"y");
    assert_eq!(v.get("c").unwrap().elements().count(), 2);
    assert_eq!(v.get("e").unwrap().get("f").unwrap().bool(), Some(true));
}

#[test]
fn several_members_in_one_walk_are_those_of_one_walk_each() {
    for text in [
        r#"{"a":null,"b":1,"a":2,"a":3,"c":{"a":9}}"#,
        r#"{"c":1,"b":null,"A":2,"#,
        r#"{"a":1,"b":2,"c":3,"a"#,
        "[]",
        "{}",
    ] {
        let v = Value { raw: text, doubled: false, plain: false };
        let names = ["a", "b", "c"];
        let said = |v: Option<Value<'_>>| v.map(|v| v.raw.to_string());
        assert_eq!(v.get_each(names).map(said), names.map(|n| said(v.get(n))), "{text}");
    }
}

#[test]
fn a_pair_in_one_step_is_the_pair_of_two_walks() {
    let list = [
        r#"{"Name":"a","Value":"b"}"#,
        r#"{"Name":"","Value":""}"#,
        r#"{"Name":"a","Value":"q\"uote"}"#,
        r#"{"Name":"a\\","Value":"b"}"#,
        r#"{"Name":"a","Value":null}"#,
        r#"{"Name":"a","Value":["x"]}"#,
        r#"{"Name":"a", "Value":"b"}"#,
        r#"{"name":"a","value":"b"}"#,
        r#"{"Name":"a","Value":"b","More":1}"#,
        r#"{"Name":"a"}"#,
        r#"{"Name":"a","Value":"b""#,
        r#"{"Name":"a","Value":"b"#,
    ];
    for one in list {
        for other in list {
            let single = format!("[{one},{other}]");
            let double = single.replace('"', "\"\"");
            for v in [Value::at(&single, false, false), Value::at(&double, true, false)] {
                let (mut fast, mut slow) = (v.elements(), v.elements());
                while let Some((n, t)) = fast.usual_pair() {
                    let e = slow.next().unwrap().unwrap();
                    let text = |k: &str| e.get(k).and_then(|x| x.text()).unwrap();
                    assert_eq!((text("Name").as_ref(), text("Value").as_ref()), (n, t), "{single}");
                    assert_eq!(e.members().count(), 2);
                }
                // What is left is the same.
                assert_eq!(fast.next().map(|r| r.map(|v| v.raw())), slow.next().map(|r| r.map(|v| v.raw())));
            }
        }
    }
}

#[test]
fn duplicate_keys_give_the_first_that_is_not_null() {
    let v = Value::parse(r#"{"a":null,"a":2,"a":3}"#).unwrap();
    assert_eq!(v.get("a").unwrap().int(), Some(2));
}

#[test]
fn truncated_and_mismatched_are_errors_with_an_offset() {
    for t in [r#"{"a":"#, r#"{"a":"x"#, r#"{"a":[1,2}"#, r#"{"a":{"b":1}"#, "", r#"{"a" 1}"#, r#"{"a":"\"#] {
        let r = Value::parse(t).and_then(|v| v.members().collect::<Result<Vec<_>, _>>().map(|_| ()));
        assert!(r.is_err(), "{t}");
    }
}

#[test]
fn depth_is_bounded() {
    let deep = "[".repeat(100_000);
    assert_eq!(Value::parse(&deep).unwrap_err().what, "nested too deep");
}

#[test]
fn unescapes_like_serde_json() {
    for t in [r"a\u00e9\n\/\\", r"\ud83d\ude00x", r"\u003cb\u0027", "plain", r"tab\t"] {
        let want: String = serde_json::from_str(&format!("\"{t}\"")).unwrap();
        assert_eq!(unescape(t), want);
    }
    assert_eq!(unescape(r"\ud83d alone"), "\u{FFFD} alone");
    assert_eq!(unescape("end\\"), "end\\");
}

#[test]
fn powershell_booleans_and_quoted_numbers() {
    let v = Value::parse(r#"{"a":"True","b":"50126","c":"x"}"#).unwrap();
    assert_eq!(v.get("a").unwrap().bool(), Some(true));
    assert_eq!(v.get("b").unwrap().int(), Some(50126));
    assert_eq!(v.get("c").unwrap().int(), None);
}
