from kafkastack.tutorial.placeholders import fill, find


def test_only_known_words_in_angle_brackets_are_placeholders():
    text = "List<String> x = <endpoints>; // <password>"

    assert find(text) == {"endpoints", "password"}


def test_a_placeholder_without_a_value_stays():
    assert fill("<username>:<password>", {"username": "relation-6"}) == "relation-6:<password>"
