//! A mail server on loopback that prints what it gets: its port on the first line, then every message, each behind it a
//! line with a single dot. Ends with its standard input.

use std::io::Read;
use std::time::Duration;

use portdelta_testkit::MailCatcher;

fn main() {
    let catcher = MailCatcher::start();
    println!("{}", catcher.address().port());
    std::thread::spawn(move || {
        let mut printed = 0;
        loop {
            let mails = catcher.mails();
            for mail in &mails[printed..] {
                print!("{}", mail.text);
                println!(".");
            }
            printed = mails.len();
            std::thread::sleep(Duration::from_millis(50));
        }
    });
    let _ = std::io::stdin().read_to_end(&mut Vec::new());
}
