import type { audit as english } from '../en/audit.js';

export const audit: typeof english = {
  title: 'Wer hat geschaut',
  lead: 'Alles, was mit Ihrer Akte geschah, so wie es geschah. Niemand kann diese Zeilen in diesem Programm ändern oder löschen, auch der Betreiber nicht.',
  emptyTitle: 'Noch ist nichts geschehen',
  emptyText: 'Sobald etwas hinzugefügt, geöffnet oder freigegeben wird, steht es hier.',
  emptyLooksTitle: 'Es hat noch niemand hineingesehen',
  emptyLooksText: 'Sobald jemand etwas aus Ihrer Akte öffnet, steht es hier.',
  older: 'Ältere zeigen',
  oldest: 'Hier beginnt Ihre Akte.',
  onlyLooks: 'Nur wer geschaut hat',
  everything: 'Alles',
  filter: 'Was gezeigt wird',
  quoted: '„{{text}}“',
  something: 'etwas',
  wholeRecord: 'die ganze Akte',
  system: 'Vitrine',
  visitor: 'Eine Person, die Sie eingeladen haben,',
  byLink: '{{name}} (über einen Link)',
  someone: 'Jemand',
  wasRefused: 'Das wurde abgelehnt.',
  didNotWork: 'Das hat nicht geklappt.',
  lookOnly: 'Nur schauen.',
  maySteer: 'Darf steuern.',
  nameShown: 'Der Name des Besuchs steht über dem Bild.',
  nameNotShown: 'Über dem Bild steht kein Name.',
  maySpeak: 'Der Betrachter durfte sich mit {{places}} verbinden.',
  otherComputers: 'anderen Rechnern',
  somebodyJoined: 'Jemand wurde hereingelassen.',
  noLongerAllowed: 'Der Betreiber erlaubt es nicht mehr.',
  noRights: 'Er hat auf dem Rechner, auf dem er läuft, keine besonderen Rechte.',
  notKeptYet: 'Es gehörte noch nicht zu Ihrer Akte.',
  acts: {
    unknown: { you: 'Sie haben etwas getan mit {{what}}.', other: '{{who}} hat etwas getan mit {{what}}.' },
    account: {
      'signed-up': { you: 'Sie haben Ihre Akte angelegt.', other: '{{who}} hat ein Konto angelegt.' },
      'signed-in': { you: 'Sie haben sich angemeldet.', other: '{{who}} hat sich angemeldet.' },
      'signed-out': { you: 'Sie haben sich abgemeldet.', other: '{{who}} hat sich abgemeldet.' },
      changed: { you: 'Sie haben Ihr Konto geändert.', other: '{{who}} hat ein Konto geändert.' },
      'created-by-admin': {
        you: 'Sie haben ein Konto angelegt.',
        other: '{{who}} hat dieses Konto angelegt.',
      },
      deleted: { you: 'Sie haben Ihr Konto gelöscht.', other: '{{who}} hat ein Konto gelöscht.' },
    },
    record: {
      added: { you: 'Sie haben {{what}} hinzugefügt.', other: '{{who}} hat {{what}} hinzugefügt.' },
      deposited: { you: 'Sie haben {{what}} geschickt.', other: '{{who}} hat Ihnen {{what}} geschickt.' },
      accepted: {
        you: 'Sie haben {{what}} in Ihrer Akte behalten.',
        other: '{{who}} hat {{what}} in der Akte behalten.',
      },
      rejected: { you: 'Sie haben {{what}} weggeworfen.', other: '{{who}} hat {{what}} weggeworfen.' },
      removed: { you: 'Sie haben {{what}} entfernt.', other: '{{who}} hat {{what}} entfernt.' },
      downloaded: {
        you: 'Sie haben {{what}} heruntergeladen.',
        other: '{{who}} hat {{what}} heruntergeladen.',
      },
      exported: {
        you: 'Sie haben {{what}} heruntergeladen.',
        other: '{{who}} hat {{what}} heruntergeladen.',
      },
      damaged: {
        you: 'Sie haben eine gespeicherte Datei von {{what}} beschädigt gefunden.',
        other: '{{who}} hat eine gespeicherte Datei von {{what}} beschädigt gefunden.',
      },
      searched: {
        you: 'Ihr Programm {{program}} hat Ihre Akte durchsucht.',
        other: 'Das Programm {{program}} von {{who}} hat Ihre Akte durchsucht.',
      },
      read: {
        you: 'Ihr Programm {{program}} hat {{what}} abgeholt.',
        other: 'Das Programm {{program}} von {{who}} hat {{what}} abgeholt.',
      },
    },
    drive: {
      read: {
        you: 'Ihr Programm {{program}} hat Dateien Ihres Netzlaufwerks gelesen.',
        other: 'Das Programm {{program}} von {{who}} hat Dateien Ihres Netzlaufwerks gelesen.',
      },
      changed: {
        you: 'Ihr Programm {{program}} hat Ihr Netzlaufwerk geändert.',
        other: 'Das Programm {{program}} von {{who}} hat Ihr Netzlaufwerk geändert.',
      },
    },
    session: {
      started: { you: 'Sie haben {{what}} geöffnet.', other: '{{who}} hat {{what}} geöffnet.' },
      checked: {
        you: 'Sie haben den Betrachter von {{what}} geprüft: Er hat kein Netz und kann in der Akte nichts ändern.',
        other:
          '{{who}} hat den Betrachter von {{what}} vor dem ersten Bild geprüft: Er hat kein Netz und kann in der Akte nichts ändern.',
      },
      ended: { you: 'Sie haben {{what}} geschlossen.', other: '{{who}} hat {{what}} geschlossen.' },
      'results-taken': {
        you: 'Sie haben in die Akte gebracht, was im Betrachter {{what}} gespeichert wurde. Dort wartet es auf eine Antwort.',
        other: 'Was im Betrachter {{what}} gespeichert wurde, wartet in Ihrer Akte auf Ihre Antwort.',
      },
      joined: { you: 'Sie haben {{what}} angesehen.', other: '{{who}} hat {{what}} angesehen.' },
      left: {
        you: 'Sie haben aufgehört, {{what}} anzusehen.',
        other: '{{who}} hat aufgehört, {{what}} anzusehen.',
      },
      'egress-began': {
        you: 'Ihr Betrachter von {{what}} hat sich mit {{target}} verbunden.',
        other: 'Der Betrachter von {{what}} hat sich mit {{target}} verbunden.',
      },
      'egress-ended': {
        you: 'Ihr Betrachter von {{what}} hat {{sent}} kB an {{target}} gesendet und {{received}} kB von dort bekommen.',
        other:
          'Der Betrachter von {{what}} hat {{sent}} kB an {{target}} gesendet und {{received}} kB von dort bekommen.',
      },
      'egress-closed': {
        you: 'Von da an konnte Ihr Betrachter von {{what}} sich mit niemandem mehr verbinden.',
        other: 'Von da an konnte der Betrachter von {{what}} sich mit niemandem mehr verbinden.',
      },
    },
    reservation: {
      made: {
        you: 'Sie haben einen Platz für später freihalten lassen: {{what}}.',
        other: '{{who}} hat einen Platz für später freihalten lassen: {{what}}.',
      },
      cancelled: {
        you: 'Sie haben einen freigehaltenen Platz aufgegeben: {{what}}.',
        other: '{{who}} hat einen freigehaltenen Platz aufgegeben: {{what}}.',
      },
      used: {
        you: 'Sie haben den freigehaltenen Platz genutzt: {{what}}.',
        other: '{{who}} hat den für Sie freigehaltenen Platz genutzt: {{what}}.',
      },
    },
    link: {
      made: {
        you: 'Sie haben einen Link erzeugt: {{what}}.',
        other: '{{who}} hat einen Link erzeugt: {{what}}.',
      },
      opened: {
        you: 'Sie haben einen Link geöffnet: {{what}}.',
        other: '{{who}} hat einen Link geöffnet: {{what}}.',
      },
      refused: {
        you: 'Ein Link wurde Ihnen verweigert: {{what}}.',
        other: '{{who}} hat einen Link versucht und wurde abgewiesen: {{what}}.',
      },
      revoked: {
        you: 'Sie haben einen Link beendet: {{what}}.',
        other: '{{who}} hat einen Link beendet: {{what}}.',
      },
    },
    'deposit-code': {
      made: {
        you: 'Sie haben einen Code für eine Klinik erzeugt: {{what}}.',
        other: '{{who}} hat einen Code für eine Klinik erzeugt: {{what}}.',
      },
      revoked: {
        you: 'Sie haben einen Code für eine Klinik beendet: {{what}}.',
        other: '{{who}} hat einen Code für eine Klinik beendet: {{what}}.',
      },
      refused: {
        you: 'Ein Code zum Schicken von Aufnahmen wurde abgewiesen: {{what}}.',
        other:
          '{{who}} hat versucht, Ihnen mit einem Code Aufnahmen zu schicken, und wurde abgewiesen: {{what}}.',
      },
    },
    'dicom-node': {
      registered: {
        you: 'Sie haben das PACS {{what}} hinzugefügt.',
        other: '{{who}} hat das PACS {{what}} hinzugefügt.',
      },
      removed: {
        you: 'Sie haben das PACS {{what}} entfernt.',
        other: '{{who}} hat das PACS {{what}} entfernt.',
      },
    },
    'ftps-account': {
      made: {
        you: 'Sie haben den FTPS-Zugang {{what}} erzeugt.',
        other: '{{who}} hat den FTPS-Zugang {{what}} erzeugt.',
      },
      revoked: {
        you: 'Sie haben den FTPS-Zugang {{what}} beendet.',
        other: '{{who}} hat den FTPS-Zugang {{what}} beendet.',
      },
    },
    'reading-address': {
      made: {
        you: 'Sie lassen eine Klinik Ihre Aufnahmen lesen: {{what}}.',
        other: '{{who}} lässt eine Klinik Aufnahmen lesen: {{what}}.',
      },
      revoked: {
        you: 'Sie lassen eine Klinik Ihre Aufnahmen nicht mehr lesen: {{what}}.',
        other: '{{who}} lässt eine Klinik Aufnahmen nicht mehr lesen: {{what}}.',
      },
      refused: {
        you: 'Das Lesen von Aufnahmen wurde abgewiesen: {{what}}.',
        other: '{{who}} hat versucht, Ihre Aufnahmen zu lesen, und wurde abgewiesen: {{what}}.',
      },
    },
    'access-token': {
      made: {
        you: 'Sie haben ein Programm hereingelassen: {{what}}.',
        other: '{{who}} hat ein Programm verbunden: {{what}}.',
      },
      revoked: {
        you: 'Sie haben ein Programm ausgesperrt: {{what}}.',
        other: '{{who}} hat ein Programm ausgesperrt: {{what}}.',
      },
    },
    viewer: {
      registered: {
        you: 'Sie haben den Betrachter {{what}} hinzugefügt.',
        other: '{{who}} hat den Betrachter {{what}} hinzugefügt.',
      },
      changed: {
        you: 'Sie haben den Betrachter {{what}} geändert.',
        other: '{{who}} hat den Betrachter {{what}} geändert.',
      },
    },
    studio: {
      opened: {
        you: 'Sie haben im Studio eine Kopie von {{what}} geöffnet.',
        other: '{{who}} hat im Studio eine Kopie von {{what}} geöffnet.',
      },
      submitted: {
        you: 'Sie haben den Betrachter {{what}} im Studio fertiggestellt.',
        other: '{{who}} hat den Betrachter {{what}} im Studio fertiggestellt.',
      },
      approved: {
        you: 'Sie haben den Betrachter {{what}} freigegeben.',
        other: '{{who}} hat den Betrachter {{what}} freigegeben.',
      },
      discarded: {
        you: 'Sie haben im Studio die Kopie von {{what}} verworfen.',
        other: '{{who}} hat im Studio die Kopie von {{what}} verworfen.',
      },
    },
    admin: {
      'session-ended': {
        you: 'Sie haben als Betreiber {{what}} geschlossen.',
        other: '{{who}} hat als Betreiber {{what}} geschlossen.',
      },
    },
  },
  refusedActs: {
    account: {
      'signed-in': 'Jemand hat versucht, sich mit einem falschen Passwort bei Ihrem Konto anzumelden.',
    },
    session: {
      'results-taken': 'Was im Betrachter {{what}} gespeichert wurde, konnte nicht behalten werden.',
      'egress-ended': 'Der Betrachter von {{what}} wollte sich mit {{target}} verbinden und durfte nicht.',
    },
    record: { damaged: '{{who}} hat eine gespeicherte Datei von {{what}} beschädigt gefunden.' },
    link: { refused: '{{who}} hat einen Link versucht und wurde abgewiesen: {{what}}.' },
    'reading-address': {
      refused: '{{who}} hat versucht, Ihre Aufnahmen mit {{program}} zu lesen, und wurde abgewiesen.',
    },
    'deposit-code': {
      refused:
        '{{who}} hat versucht, Ihnen mit einem Code Aufnahmen zu schicken, und wurde abgewiesen: {{what}}.',
    },
  },
};
