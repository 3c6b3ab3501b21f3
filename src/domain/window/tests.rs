use super::*;
use proptest::prelude::*;
use rstest::rstest;

const CALENDAR: &str = "# coverage: 2026-01-01..2027-12-31\n\
    2026-09-21,敬老の日,Respect for the Aged Day,holiday\n\
    2026-09-22,国民の休日,Citizens' Holiday,citizens\n\
    2026-09-23,秋分の日,Autumnal Equinox,holiday\n\
    2027-03-22,振替休日,Substitute Holiday,substitute\n";

fn office() -> OfficeHours {
    let day = vec!["08:30-17:15".parse().expect("hours")];
    OfficeHours {
        working: Week {
            mon: day.clone(),
            tue: day.clone(),
            wed: day.clone(),
            thu: day.clone(),
            fri: day,
            ..Week::default()
        },
        national_holidays: ClosedDays::Closed,
        year_end: Some(YearEnd {
            december: 29,
            january: 3,
        }),
        closed: BTreeSet::new(),
    }
}

fn time(text: &str) -> DateTime<Utc> {
    text.parse().expect("a time")
}

fn judge(at: &str, account: &AccountHours) -> Opening {
    let calendar = Calendar::parse(CALENDAR).expect("a calendar");
    Window {
        office: &office(),
        account,
        zone: chrono_tz::Asia::Tokyo,
        calendar: &calendar,
    }
    .at(time(at))
}

#[rstest]
#[case("2026-11-24T08:29:59.999999+09:00", false)]
#[case("2026-11-24T08:30:00+09:00", true)]
#[case("2026-11-24T17:14:59.999999+09:00", true)]
#[case("2026-11-24T17:15:00+09:00", false)]
#[case("2026-11-21T10:00:00+09:00", false)]
#[case("2026-09-22T10:00:00+09:00", false)]
#[case("2027-03-22T10:00:00+09:00", false)]
#[case("2026-12-28T10:00:00+09:00", true)]
#[case("2026-12-29T10:00:00+09:00", false)]
#[case("2027-01-03T10:00:00+09:00", false)]
#[case("2027-01-04T10:00:00+09:00", true)]
fn the_window_is_half_open(#[case] at: &str, #[case] open: bool) {
    let opening = judge(at, &AccountHours::unrestricted());
    assert_eq!(matches!(opening, Opening::Open { .. }), open, "{opening:?}");
}

#[test]
fn beyond_the_calendar_nothing_is_open() {
    assert_eq!(
        judge("2028-03-01T10:00:00+09:00", &AccountHours::unrestricted()),
        Opening::CalendarUnknown
    );
}

#[test]
fn the_account_narrows_the_office() {
    let account = AccountHours {
        operating: Week {
            tue: vec!["09:00-12:00".parse().expect("hours")],
            ..Week::default()
        },
        ..AccountHours::unrestricted()
    };
    assert_eq!(
        judge("2026-11-24T12:00:00+09:00", &account),
        Opening::Closed(Closed::OutsideOperatingHours)
    );
    assert_eq!(
        judge("2026-11-24T11:00:00+09:00", &account),
        Opening::Open {
            closes_at: time("2026-11-24T12:00:00+09:00")
        }
    );
}

#[test]
fn the_next_opening_skips_holidays_and_meets_the_grid() {
    let calendar = Calendar::parse(CALENDAR).expect("a calendar");
    let account = AccountHours {
        grid: MinuteGrid::try_from(60).ok(),
        ..AccountHours::unrestricted()
    };
    let window = Window {
        office: &office(),
        account: &account,
        zone: chrono_tz::Asia::Tokyo,
        calendar: &calendar,
    };
    // A Friday evening before three days off in a row.
    assert_eq!(
        window.next_open(time("2026-09-18T18:00:00+09:00")),
        Some(time("2026-09-24T09:00:00+09:00"))
    );
    assert!(!window.on_grid(time("2026-09-24T09:30:00+09:00")));
    assert_eq!(window.next_open(time("2028-01-10T10:00:00+09:00")), None);
}

#[test]
fn a_clock_that_jumps_closes_in_time_and_its_gap_is_known() {
    let calendar = Calendar::parse(CALENDAR).expect("a calendar");
    let office = OfficeHours {
        working: Week {
            sun: vec!["01:00-02:30".parse().expect("hours")],
            ..Week::default()
        },
        ..office()
    };
    let account = AccountHours::unrestricted();
    let zone = chrono_tz::America::New_York;
    let window = Window {
        office: &office,
        account: &account,
        zone,
        calendar: &calendar,
    };
    let opening = window.at(time("2027-03-14T01:30:00-05:00"));
    assert_eq!(
        opening,
        Opening::Open {
            closes_at: time("2027-03-14T03:00:00-04:00")
        }
    );
    let written = |text: &str| DateTime::parse_from_rfc3339(text).expect("a time");
    assert!(falls_into_gap(written("2027-03-14T02:30:00-05:00"), zone));
    assert!(falls_into_gap(written("2027-03-14T02:30:00-04:00"), zone));
    assert!(!falls_into_gap(written("2027-03-14T03:00:00-04:00"), zone));
    let elsewhere = "2027-03-14T02:30:00Z";
    assert!(!falls_into_gap(written(elsewhere), zone));
    assert!(!falls_into_gap(written(elsewhere), chrono_tz::Asia::Tokyo));
}

proptest! {
    #[test]
    fn the_next_opening_is_open_and_nothing_before_it_is(minutes in 0i64..500_000) {
        let calendar = Calendar::parse(CALENDAR).expect("a calendar");
        let account = AccountHours::unrestricted();
        let office = office();
        let window = Window { office: &office, account: &account, zone: chrono_tz::Asia::Tokyo, calendar: &calendar };
        let from = time("2026-01-01T00:00:00+09:00") + TimeDelta::minutes(minutes);
        let next = window.next_open(from).expect("inside the calendar");
        let is_open = matches!(window.at(next), Opening::Open { .. });
        prop_assert!(is_open);
        if next > from {
            let just_before = matches!(window.at(next - TimeDelta::microseconds(1)), Opening::Open { .. });
            prop_assert!(!just_before);
        }
    }
}

#[test]
fn hours_that_open_beyond_others_are_known() {
    let beyond = |change: fn(&mut OfficeHours)| {
        let mut wider = office();
        change(&mut wider);
        (wider.opens_beyond(&office()), office().opens_beyond(&wider))
    };
    assert_eq!(beyond(|_| ()), (false, false));
    assert_eq!(
        beyond(|own| own.national_holidays = ClosedDays::Open),
        (true, false)
    );
    assert_eq!(beyond(|own| own.year_end = None), (true, false));
    let one_day_less = |own: &mut OfficeHours| {
        own.year_end = own.year_end.map(|days| YearEnd {
            december: days.december + 1,
            ..days
        });
    };
    assert_eq!(beyond(one_day_less), (true, false));
    assert_eq!(beyond(|own| own.working.sun = vec![Hours::DAY]), (true, false));
    assert_eq!(beyond(|own| own.working.mon.clear()), (false, true));
    let a_day = NaiveDate::from_ymd_opt(2026, 12, 1).expect("a day");
    let closed = |own: &mut OfficeHours, day| _ = own.closed.insert(day);
    let mut wider = office();
    closed(&mut wider, a_day);
    assert!(office().opens_beyond(&wider) && !wider.opens_beyond(&office()));
}

proptest! {
    /// Told by the edges alone what a look at every minute tells.
    #[test]
    fn a_week_reaches_beyond_another_at_some_minute(own in spans(), others in spans()) {
        let open = |hours: &[Hours], minute: u16| hours.iter().any(|span| span.open <= minute && minute < span.close);
        let expected = (0..1440).any(|minute| open(&own, minute) && !open(&others, minute));
        let (own, others) = (Week { wed: own, ..Week::default() }, Week { wed: others, ..Week::default() });
        prop_assert_eq!(own.reaches_beyond(&others), expected);
    }
}

fn spans() -> impl Strategy<Value = Vec<Hours>> {
    let span = (0_u16..1440, 1_u16..600).prop_map(|(open, length)| Hours {
        open,
        close: (open + length).min(1440),
    });
    proptest::collection::vec(span, 0..4)
}
