# What a person recognises a log-in by, on pages and in mails. Variables: $browser, $system (names, not translated).

program-on = { $browser } on { $system }
program-unknown = unknown browser
