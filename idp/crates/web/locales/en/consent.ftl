# What a client asks for, and the answer (OpenID Connect Core section 3.1.2.4). Also: $client, its name; $place, where it leads.

consent-title = Allow { $client }?
# A client that registered itself.
consent-stranger = { $client } is a program of somebody else. Nobody at { $product } or at your agency has checked it. It leads to { $place }. If that is not where you came from, choose Deny.
consent-lead = { $client } would like to:
consent-known = Allowed before
consent-account = Account
consent-other-account = Log out and use another account
consent-agency = Agency
consent-next = If you allow it, you can take it back on your account page at any time. If you deny it, { $client } learns nothing new about you.
consent-deny = Deny
consent-allow = Allow
# Pages of the client; $host is where each of them is.
consent-links = { $client }:
consent-site = Website ({ $host })
consent-policy = Privacy policy ({ $host })
consent-terms = Terms ({ $host })
consent-new-tab = (opens in a new tab)
consent-stale = This page was open for too long, or somebody else logged in meanwhile. Nothing was sent. Please answer once more.

# Each goes on from "would like to".
scope-openid = Know that it is you
scope-openid-hint = Never your password.
scope-profile = See your name and what you wrote about yourself
scope-profile-hint = Such as your birthday, gender, language and picture, if they are in your account.
scope-email = See your email address
scope-address = See your postal address
scope-phone = See your phone number
scope-company = See your agency and your role there
scope-companies = See every agency you work for
scope-company-hint = Which agency you belong to, whether you are a caregiver, a client, family or staff, and what you may do.
scope-offline-access = Stay connected when you are not using it
scope-offline-access-hint = Until you take it back.
scope-members-read = See the people of your agency
scope-members-write = Add and change people of your agency
scope-companies-read = See what is stored about your agency
scope-companies-write = Change what is stored about your agency
scope-audit-read = See who did what at your agency
scope-bounces-write = Report emails that came back
scope-operator = Look after all agencies on this server for you
permission-resource = Use { $resource } for you
permission-resource-hint = Another service of theirs, or one they work with. It is told who you are.
