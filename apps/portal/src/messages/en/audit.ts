export const audit = {
  title: 'Who looked',
  lead: 'Everything that happened with your record, as it happened. Nobody can change or delete these lines in this program, not even the operator.',
  emptyTitle: 'Nothing has happened yet',
  emptyText: 'As soon as something is added, opened or shared, it stands here.',
  emptyLooksTitle: 'Nobody has looked yet',
  emptyLooksText: 'As soon as somebody opens something from your record, it stands here.',
  older: 'Show older',
  oldest: 'This is where your record began.',
  onlyLooks: 'Only who looked',
  everything: 'Everything',
  filter: 'What to show',
  quoted: '“{{text}}”',
  something: 'something',
  wholeRecord: 'the whole record',
  system: 'Vitrine',
  visitor: 'A person you invited',
  byLink: '{{name}} (by a link)',
  someone: 'Somebody',
  wasRefused: 'This was refused.',
  didNotWork: 'This did not work.',
  lookOnly: 'Looking only.',
  maySteer: 'May steer.',
  nameShown: 'The visitor’s name is shown over the picture.',
  nameNotShown: 'No name is shown over the picture.',
  maySpeak: 'It was allowed to speak with {{places}}.',
  otherComputers: 'other computers',
  somebodyJoined: 'Somebody was let in.',
  noLongerAllowed: 'The operator no longer allows it.',
  noRights: 'It has no special rights on the computer that it runs on.',
  notKeptYet: 'It was not part of your record yet.',
  acts: {
    unknown: { you: 'You did something with {{what}}.', other: '{{who}} did something with {{what}}.' },
    account: {
      'signed-up': { you: 'You created your record.', other: '{{who}} created an account.' },
      'signed-in': { you: 'You signed in.', other: '{{who}} signed in.' },
      'signed-out': { you: 'You signed out.', other: '{{who}} signed out.' },
      changed: { you: 'You changed your account.', other: '{{who}} changed an account.' },
      'created-by-admin': { you: 'You created an account.', other: '{{who}} created this account.' },
      deleted: { you: 'You deleted your account.', other: '{{who}} deleted an account.' },
    },
    record: {
      added: { you: 'You added {{what}}.', other: '{{who}} added {{what}}.' },
      deposited: { you: 'You sent {{what}}.', other: '{{who}} sent you {{what}}.' },
      accepted: { you: 'You kept {{what}} in your record.', other: '{{who}} kept {{what}} in the record.' },
      rejected: { you: 'You threw away {{what}}.', other: '{{who}} threw away {{what}}.' },
      removed: { you: 'You removed {{what}}.', other: '{{who}} removed {{what}}.' },
      downloaded: { you: 'You downloaded {{what}}.', other: '{{who}} downloaded {{what}}.' },
      exported: { you: 'You downloaded {{what}}.', other: '{{who}} downloaded {{what}}.' },
      damaged: {
        you: 'You found a stored file of {{what}} damaged.',
        other: '{{who}} found a stored file of {{what}} damaged.',
      },
      searched: {
        you: 'Your program {{program}} searched your record.',
        other: 'The program {{program}} of {{who}} searched your record.',
      },
      read: {
        you: 'Your program {{program}} fetched {{what}}.',
        other: 'The program {{program}} of {{who}} fetched {{what}}.',
      },
    },
    drive: {
      read: {
        you: 'Your program {{program}} read files of your network drive.',
        other: 'The program {{program}} of {{who}} read files of your network drive.',
      },
      changed: {
        you: 'Your program {{program}} changed your network drive.',
        other: 'The program {{program}} of {{who}} changed your network drive.',
      },
    },
    session: {
      started: { you: 'You opened {{what}}.', other: '{{who}} opened {{what}}.' },
      checked: {
        you: 'You checked the viewer of {{what}}: it has no network and can change nothing in the record.',
        other:
          '{{who}} checked the viewer of {{what}} before its first picture: it has no network and can change nothing in the record.',
      },
      ended: { you: 'You closed {{what}}.', other: '{{who}} closed {{what}}.' },
      'results-taken': {
        you: 'You took what was saved in the viewer {{what}} into the record. It waits for an answer there.',
        other: 'What was saved in the viewer {{what}} waits in your record for your answer.',
      },
      joined: { you: 'You looked at {{what}}.', other: '{{who}} looked at {{what}}.' },
      left: { you: 'You stopped looking at {{what}}.', other: '{{who}} stopped looking at {{what}}.' },
      'egress-began': {
        you: 'Your viewer of {{what}} began to speak with {{target}}.',
        other: 'The viewer of {{what}} began to speak with {{target}}.',
      },
      'egress-ended': {
        you: 'Your viewer of {{what}} sent {{sent}} kB to {{target}} and got {{received}} kB from there.',
        other: 'The viewer of {{what}} sent {{sent}} kB to {{target}} and got {{received}} kB from there.',
      },
      'egress-closed': {
        you: 'From then on your viewer of {{what}} could speak with nobody outside.',
        other: 'From then on the viewer of {{what}} could speak with nobody outside.',
      },
    },
    reservation: {
      made: {
        you: 'You had a place kept for later: {{what}}.',
        other: '{{who}} had a place kept for later: {{what}}.',
      },
      cancelled: {
        you: 'You gave up a kept place: {{what}}.',
        other: '{{who}} gave up a kept place: {{what}}.',
      },
      used: {
        you: 'You took the place that was kept: {{what}}.',
        other: '{{who}} took the place that was kept for you: {{what}}.',
      },
    },
    link: {
      made: { you: 'You made a link: {{what}}.', other: '{{who}} made a link: {{what}}.' },
      opened: { you: 'You opened a link: {{what}}.', other: '{{who}} opened a link: {{what}}.' },
      refused: {
        you: 'A link was refused to you: {{what}}.',
        other: '{{who}} tried a link and was refused: {{what}}.',
      },
      revoked: { you: 'You ended a link: {{what}}.', other: '{{who}} ended a link: {{what}}.' },
    },
    'deposit-code': {
      made: {
        you: 'You made a code for a hospital: {{what}}.',
        other: '{{who}} made a code for a hospital: {{what}}.',
      },
      revoked: {
        you: 'You ended a code for a hospital: {{what}}.',
        other: '{{who}} ended a code for a hospital: {{what}}.',
      },
      refused: {
        you: 'A code for sending you scans was refused: {{what}}.',
        other: '{{who}} tried to use a code for sending you scans and was refused: {{what}}.',
      },
    },
    'dicom-node': {
      registered: { you: 'You added the PACS {{what}}.', other: '{{who}} added the PACS {{what}}.' },
      removed: { you: 'You removed the PACS {{what}}.', other: '{{who}} removed the PACS {{what}}.' },
    },
    'ftps-account': {
      made: {
        you: 'You made the login for FTPS {{what}}.',
        other: '{{who}} made the login for FTPS {{what}}.',
      },
      revoked: {
        you: 'You ended the login for FTPS {{what}}.',
        other: '{{who}} ended the login for FTPS {{what}}.',
      },
    },
    'reading-address': {
      made: {
        you: 'You let a hospital read your scans: {{what}}.',
        other: '{{who}} let a hospital read scans: {{what}}.',
      },
      revoked: {
        you: 'You no longer let a hospital read your scans: {{what}}.',
        other: '{{who}} no longer lets a hospital read scans: {{what}}.',
      },
      refused: {
        you: 'Reading scans was refused: {{what}}.',
        other: '{{who}} tried to read your scans and was refused: {{what}}.',
      },
    },
    'access-token': {
      made: { you: 'You let a program in: {{what}}.', other: '{{who}} connected a program: {{what}}.' },
      revoked: { you: 'You shut a program out: {{what}}.', other: '{{who}} shut a program out: {{what}}.' },
    },
    viewer: {
      registered: { you: 'You added the viewer {{what}}.', other: '{{who}} added the viewer {{what}}.' },
      changed: { you: 'You changed the viewer {{what}}.', other: '{{who}} changed the viewer {{what}}.' },
    },
    studio: {
      opened: {
        you: 'You opened a copy of {{what}} in the studio.',
        other: '{{who}} opened a copy of {{what}} in the studio.',
      },
      submitted: {
        you: 'You finished the viewer {{what}} in the studio.',
        other: '{{who}} finished the viewer {{what}} in the studio.',
      },
      approved: {
        you: 'You approved the viewer {{what}}.',
        other: '{{who}} approved the viewer {{what}}.',
      },
      discarded: {
        you: 'You threw away the copy of {{what}} in the studio.',
        other: '{{who}} threw away the copy of {{what}} in the studio.',
      },
    },
    admin: {
      'session-ended': {
        you: 'You, as operator, closed {{what}}.',
        other: '{{who}}, as operator, closed {{what}}.',
      },
    },
  },
  refusedActs: {
    account: {
      'signed-in': 'Somebody tried to sign in to your account with a wrong password.',
    },
    session: {
      'results-taken': 'What was saved in the viewer {{what}} could not be kept.',
      'egress-ended': 'The viewer of {{what}} tried to speak with {{target}} and was not let.',
    },
    record: { damaged: '{{who}} found a stored file of {{what}} damaged.' },
    link: { refused: '{{who}} tried a link and was refused: {{what}}.' },
    'reading-address': {
      refused: '{{who}} tried to read your scans with {{program}} and was refused.',
    },
    'deposit-code': {
      refused: '{{who}} tried to use a code for sending you scans and was refused: {{what}}.',
    },
  },
};
