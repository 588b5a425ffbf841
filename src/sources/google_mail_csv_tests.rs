use super::*;
use crate::sources::testing::csv;
use crate::sources::testing_google::snapshot;

#[test]
fn steps_of_delivery_as_in_the_snapshot() {
    snapshot("google-mail-csv/email_log_search.csv");
}

#[test]
fn the_address_of_a_mail_server_is_not_the_clients() {
    let text = "Message ID,Sender,Recipient address,Direction,Event target,Event date,Event status,Event target IP address\n\
                1,a@clinic.example,b@x.example,Sent,SMTP_OUT,2026/03/03 09:15:04 UTC,DELIVERED,192.0.2.25\n";
    let e = csv(&GoogleMailCsv, text).unwrap().remove(0).unwrap();
    assert_eq!((e.action, e.ip.as_str()), (Action::MailSend, ""));
}
