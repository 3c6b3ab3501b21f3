# Messages of findings on personal data. Never the value itself.

# Where a finding stands
personal-place = { $place ->
    [card] The link preview
    [alt] An alternative text
   *[text] The text
  }

finding-personal-my-number = { personal-place } contains twelve digits that look like an individual number (My Number: { $value }). The law forbids publishing it. Delete it (target: { $account }).
finding-personal-card = { personal-place } contains what looks like a payment card number ({ $value }). Delete it (target: { $account }).
finding-personal-bank-account = { personal-place } contains what looks like a bank account ({ $value }). Delete a person's account; if the account may be published, check the number and approve it with a reason (target: { $account }).
finding-personal-driving-licence = { personal-place } contains what looks like the number of a driving licence ({ $value }). Delete it; if the number is another one, approve it with a reason (target: { $account }).
finding-personal-passport = { personal-place } contains what looks like a passport number ({ $value }). Delete it; if the number is another one, approve it with a reason (target: { $account }).
finding-personal-residence-card = { personal-place } contains what looks like the number of a residence card ({ $value }). Delete it; if the number is another one, approve it with a reason (target: { $account }).
finding-personal-pension = { personal-place } contains what looks like a basic pension number ({ $value }). Delete it; if the number is another one, approve it with a reason (target: { $account }).
finding-personal-insurance = { personal-place } contains what looks like the number of an insured person ({ $value }). Delete it if it is somebody's; otherwise approve it with a reason (target: { $account }).
finding-personal-vehicle-plate = { personal-place } contains what looks like a vehicle's number plate ({ $value }). It tells who owns the vehicle: delete it, or approve it with a reason if it is needed (target: { $account }).
finding-personal-phone = { personal-place } contains a telephone number ({ $value }) that is not among the published contacts. Delete a person's number; if the number may be published, check it and approve it with a reason (target: { $account }).
finding-personal-email = { personal-place } contains a mail address ({ $value }) that is not among the published contacts. Delete a person's address; if the address may be published, check it and approve it with a reason (target: { $account }).
finding-personal-address = { personal-place } contains an address down to the house number ({ $value }). If somebody lives there, name the part of town only; if the place may be published, approve it with a reason (target: { $account }).
finding-personal-birth-date = { personal-place } contains a date of birth ({ $value }). Delete it unless it is needed; if it is, make sure that the person agrees, and approve it with a reason (target: { $account }).
finding-personal-name = { personal-place } names a person ({ $value }). Delete the name unless it is needed; if it is, make sure that the person agrees, and approve it with a reason (target: { $account }).
finding-personal-corporate-number = { personal-place } contains 13 digits that look like a corporate number ({ $value }). These are public, but make sure that it is the number you meant (target: { $account }).
finding-personal-location = Picture { $number } tells where it was taken. Replace it with a copy without that position (target: { $account }).
