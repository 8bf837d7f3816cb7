use super::*;

fn asked(uri: &str) -> Option<Ask> {
    Some(Ask::Subscribe(uri.to_owned()))
}

fn told(uri: &str) -> Option<Ask> {
    Some(Ask::Unsubscribe(uri.to_owned()))
}

#[test]
fn the_server_hears_of_the_first_and_of_the_last() {
    let mut all = Subscriptions::default();
    assert_eq!(all.join("a", 1, "one"), Step { ask: asked("a"), answered: vec![] });
    assert_eq!(all.join("a", 2, "two"), Step { ask: None, answered: vec![] }, "waits for the same answer");
    assert_eq!(all.answered("a", true), Step { ask: None, answered: vec!["one", "two"] });
    assert_eq!(all.join("a", 3, "three"), Step { ask: None, answered: vec!["three"] });
    assert_eq!(all.audience("a"), Audience::Only(vec![1, 2, 3]));
    assert_eq!(all.leave("a", 1, Some("bye")), Step { ask: None, answered: vec!["bye"] });
    assert_eq!(all.leave("a", 1, Some("again")), Step { ask: None, answered: vec!["again"] });
    assert_eq!(all.leave("a", 2, None), Step { ask: None, answered: vec![] });
    assert_eq!(all.leave("a", 3, Some("last")), Step { ask: told("a"), answered: vec![] });
    assert_eq!(all.answered("a", true), Step { ask: None, answered: vec!["last"] });
    assert_eq!(all.of(1), Vec::<String>::new());
}

#[test]
fn who_comes_while_the_last_one_leaves_is_subscribed_anew() {
    let mut all = Subscriptions::default();
    all.join("a", 1, "one");
    all.answered("a", true);
    all.leave("a", 1, Some("bye"));
    assert_eq!(all.join("a", 2, "two"), Step { ask: None, answered: vec![] });
    assert_eq!(all.answered("a", true), Step { ask: asked("a"), answered: vec!["bye"] });
    assert_eq!(all.answered("a", true), Step { ask: None, answered: vec!["two"] });
}

#[test]
fn who_leaves_before_the_server_agreed_is_unsubscribed_after_it() {
    let mut all = Subscriptions::default();
    all.join("a", 1, "one");
    assert_eq!(all.leave("a", 1, Some("bye")), Step { ask: None, answered: vec!["bye"] });
    assert_eq!(all.answered("a", true), Step { ask: told("a"), answered: vec!["one"] });
    assert_eq!(all.answered("a", true), Step { ask: None, answered: vec![] });
    assert_eq!(all.audience("a"), Audience::All);
}

#[test]
fn a_refusal_is_told_to_all_who_waited_and_forgotten() {
    let mut all = Subscriptions::default();
    all.join("a", 1, "one");
    all.join("a", 2, "two");
    assert_eq!(all.answered("a", false), Step { ask: None, answered: vec!["one", "two"] });
    assert_eq!(all.join("a", 2, "two"), Step { ask: asked("a"), answered: vec![] });
}
