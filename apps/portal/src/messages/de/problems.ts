/** The server's sentences in German, by the code of the problem; a test compares the codes with the server's table. */
export const problems: Readonly<Record<string, string>> = {
  'kernel.unexpected':
    'Bei uns ist etwas schiefgegangen. Es ist nichts verloren. Bitte versuchen Sie es noch einmal.',
  'kernel.invalid':
    'Etwas von dem, was gesendet wurde, ist nicht brauchbar. Bitte prüfen Sie es und versuchen Sie es noch einmal.',
  'kernel.too-many-requests':
    'Das wurde zu oft versucht. Bitte warten Sie eine Minute und versuchen Sie es noch einmal.',
  'kernel.not-found': 'Diese Seite gibt es nicht.',
  'kernel.busy':
    'Der Server ist beschäftigt. Es ist nichts verloren. Bitte versuchen Sie es gleich noch einmal.',
  'kernel.database-away':
    'Der Server erreicht seine Akten gerade nicht. Es ist nichts verloren. Bitte versuchen Sie es gleich noch einmal.',
  'identity.not-signed-in': 'Bitte melden Sie sich zuerst an.',
  'identity.wrong-credentials': 'Die E-Mail-Adresse oder das Passwort stimmt nicht.',
  'identity.locked':
    'Das Passwort war zu oft falsch. Bitte warten Sie 15 Minuten und versuchen Sie es noch einmal.',
  'identity.email-taken': 'Zu dieser E-Mail-Adresse gibt es schon ein Konto. Melden Sie sich stattdessen an.',
  'identity.weak-password':
    'Dieses Passwort ist zu leicht zu erraten. Nehmen Sie mindestens 10 Zeichen, zum Beispiel drei Wörter.',
  'identity.password-must-change': 'Bitte wählen Sie zuerst ein eigenes Passwort.',
  'identity.not-allowed': 'Ihr Konto kann das nicht tun.',
  'identity.forged-request':
    'Diese Anfrage kam nicht von dieser Seite. Laden Sie die Seite neu und versuchen Sie es noch einmal.',
  'delegation.not-visible': 'Das ist nicht hier, oder es ist nicht für Sie bestimmt.',
  'delegation.link-unknown':
    'Dieser Link funktioniert nicht. Bitten Sie die Person, die ihn geschickt hat, um einen neuen.',
  'delegation.link-expired':
    'Dieser Link ist abgelaufen. Bitten Sie die Person, die ihn geschickt hat, um einen neuen.',
  'delegation.link-used-up':
    'Dieser Link wurde schon so oft benutzt, wie es erlaubt ist. Bitten Sie die Person, die ihn geschickt hat, um einen neuen.',
  'delegation.link-revoked': 'Dieser Link wurde von der Person beendet, die ihn geschickt hat.',
  'delegation.wrong-passcode': 'Das Kennwort stimmt nicht.',
  'delegation.passcode-locked':
    'Das Kennwort war zu oft falsch, darum ist dieser Link geschlossen. Bitten Sie die Person, die ihn geschickt hat, um einen neuen.',
  'delegation.visit-over':
    'Dieser Besuch ist vorbei. Bitten Sie die Person, die Sie eingeladen hat, um einen neuen Link.',
  'delegation.cut-unconfirmed':
    'Der Link ist beendet, aber es ließ sich nicht bestätigen, dass niemand mehr schaut. Bitte versuchen Sie es noch einmal.',
  'delegation.deposit-code-unusable':
    'Dieser Einreichungscode funktioniert nicht. Vielleicht ist er abgelaufen. Bitten Sie den Patienten um einen neuen.',
  'delegation.token-refused':
    'Dieser Zugangsschlüssel funktioniert nicht. Vielleicht ist er abgelaufen oder wurde beendet. Bitten Sie um einen neuen.',
  'delegation.token-scope':
    'Dieser Zugangsschlüssel ist dafür nicht gemacht: die eine Art sendet Aufnahmen, die andere liest sie.',
  'vault.disk-full':
    'Der Server hat keinen Platz mehr. Was schon gespeichert ist, ist sicher. Bitte sagen Sie es dem Betreiber und versuchen Sie es später.',
  'vault.quota-exceeded': 'Ihre Akte hat dafür keinen Platz mehr. Was schon darin ist, ist sicher.',
  'vault.damaged':
    'Eine gespeicherte Datei ist beschädigt und wurde nicht geöffnet. Bitte sagen Sie es dem Betreiber.',
  'vault.unreachable':
    'Der Ort, an dem die Dateien liegen, ist gerade nicht erreichbar. Nichts ging verloren. Bitte versuchen Sie es später noch einmal.',
  'exchange.unknown-format':
    'Wir wissen nicht, was für eine Datei das ist, darum wurde sie nicht hinzugefügt.',
  'exchange.not-dicom':
    'Das ist kein DICOM. Auf diesem Weg wird nur DICOM angenommen, darum wurde es nicht hinzugefügt.',
  'exchange.other-study':
    'Dieses Bild gehört zu einer anderen Untersuchung, als die Adresse sagt, darum wurde es nicht hinzugefügt.',
  'exchange.not-acceptable': 'Das liegt in keiner der Formen vor, nach denen gefragt wurde.',
  'exchange.incomplete':
    'Diese Datei ist nicht vollständig angekommen, darum wurde sie nicht hinzugefügt. Bitte fügen Sie sie noch einmal hinzu.',
  'exchange.truncated-dicom':
    'Diese Bilddatei ist unvollständig, darum wurde sie nicht hinzugefügt. Bitte kopieren Sie sie noch einmal von dort, wo sie herkam.',
  'exchange.damaged-dicom': 'Diese Bilddatei ist beschädigt, darum wurde sie nicht hinzugefügt.',
  'exchange.unsafe-archive':
    'Diese ZIP-Datei hat Einträge, die aus ihr hinauszeigen; diese wurden nicht ausgepackt.',
  'exchange.archive-bomb':
    'Diese ZIP-Datei würde ausgepackt viel zu groß, darum wurde sie nicht hinzugefügt.',
  'exchange.damaged-archive':
    'Diese ZIP-Datei ist beschädigt oder unvollständig. Bitte kopieren Sie sie noch einmal von dort, wo sie herkam.',
  'exchange.encrypted-archive':
    'Diese ZIP-Datei ist mit einem Passwort verschlossen. Bitte entsperren Sie sie zuerst und fügen Sie sie dann wieder hinzu.',
  'exchange.damaged-document': 'Dieses Dokument ist beschädigt und wurde weggelassen.',
  'exchange.unsafe-document':
    'Dieses Dokument ist so gebaut, dass es dem Programm schadet, das es liest. Darum wurde es nicht hinzugefügt.',
  'exchange.took-too-long': 'Das Lesen dieser Datei dauerte zu lange, darum wurde sie nicht hinzugefügt.',
  'exchange.malware-found':
    'Der Virenscanner hat in dieser Datei etwas Schädliches erkannt, darum wurde sie nicht hinzugefügt.',
  'exchange.scanner-away':
    'Der Virenscanner antwortet gerade nicht, und ohne ihn wird nichts hinzugefügt. Bitte versuchen Sie es später noch einmal.',
  'exchange.too-large': 'Diese Datei ist größer, als hinzugefügt werden kann.',
  'exchange.nothing-usable': 'Es war nichts darin, das gezeigt werden kann.',
  'exchange.ae-title-taken':
    'Dieser AE-Titel ist schon registriert. Geben Sie dem PACS einen anderen, oder benutzen Sie den Eintrag, den es gibt.',
  'exchange.peer-unknown': 'Unter diesem Namen ist hier kein System registriert.',
  'exchange.peer-unproven':
    'Dieses System ist ohne Netzwerkadresse und ohne Zertifikat registriert, darum könnte es niemand von einem anderen unterscheiden. Bitte lassen Sie es von der Praxis oder Klinik mit einem davon registrieren.',
  'exchange.not-rendered': 'Davon kann kein Bild gezeichnet werden.',
  'exchange.mismatch-unconfirmed':
    'Der Name oder das Geburtsdatum darin ist nicht Ihres. Bitte bestätigen Sie, dass es wirklich um Sie geht.',
  'drive.no-such-folder': 'Den Ordner, in den das soll, gibt es nicht. Legen Sie ihn zuerst an.',
  'drive.exists': 'Es gibt schon etwas mit diesem Namen.',
  'drive.not-possible': 'Das geht hier nicht.',
  'drive.look-only': 'Dieses App-Passwort darf nur lesen und nichts ändern.',
  'drive.read-only': 'Hier lässt sich nichts ändern. Legen Sie Dateien in „Drive“ ab.',
  'drive.not-here': 'Das lässt sich dort nicht ablegen.',
  'drive.too-deep': 'Ordner werden einzeln gezeigt und nicht mit allem, was darin ist.',
  'drive.body-refused': 'Ein neuer Ordner wird ohne Inhalt angelegt.',
  'drive.precondition':
    'Das ist nicht mehr so, wie das Programm es zuletzt gesehen hat, darum wurde nichts geändert.',
  'drive.locked':
    'Ein anderes Programm arbeitet gerade daran. Bitte versuchen Sie es noch einmal, wenn es fertig ist.',
  'drive.no-such-lock': 'Das ist so nicht mehr gesperrt.',
  'hypervisor.unreachable':
    'Die Betrachter können gerade nicht gestartet werden. Ihre Akte ist sicher. Bitte versuchen Sie es in ein paar Minuten noch einmal.',
  'hypervisor.image-missing':
    'Dieser Betrachter ist auf dem Server nicht installiert. Bitte wählen Sie einen anderen oder sagen Sie es dem Betreiber.',
  'hypervisor.isolation-missing':
    'Dieser Betrachter darf nur stärker abgeschottet laufen, und das kann dieser Server nicht. Bitte wählen Sie einen anderen oder sagen Sie es dem Betreiber.',
  'hypervisor.start-failed':
    'Der Betrachter konnte nicht gestartet werden. Ihre Akte ist sicher. Bitte versuchen Sie es noch einmal.',
  'hypervisor.unsafe-guest':
    'Der Betrachter wurde geschlossen, bevor etwas darin zu sehen war, weil er nicht so abgeschottet war, wie er es sein muss. Ihre Akte ist sicher. Bitte sagen Sie es dem Betreiber.',
  'hypervisor.scratch-missing':
    'Das ist zu groß für den Arbeitsspeicher dieses Servers, und was er braucht, um es trotzdem zu öffnen, ist nicht installiert (gocryptfs). Ihre Akte ist sicher. Bitte sagen Sie dem Betreiber Bescheid.',
  'hypervisor.took-too-long':
    'Der Betrachter brauchte zu lange zum Starten und wurde beendet. Bitte versuchen Sie es noch einmal.',
  'hypervisor.not-answering':
    'Der Betrachter antwortet nicht. Ihre Akte ist sicher. Bitte versuchen Sie es noch einmal.',
  'hypervisor.unsafe-endpoint':
    'Der Betrachter verhielt sich auf eine Weise, die nicht erlaubt ist, und wurde beendet.',
  'viewers.unknown': 'Diesen Betrachter gibt es nicht.',
  'viewers.not-offered': 'Dieser Betrachter wird gerade nicht angeboten.',
  'viewers.cannot-open':
    'Dieser Betrachter kann nicht öffnen, was gewählt wurde. Bitte wählen Sie einen anderen.',
  'viewers.not-ready':
    'Der Betrachter dafür ist noch nicht bereit. Ihre Akte ist sicher. Bitte versuchen Sie es in ein paar Minuten noch einmal.',
  'viewers.not-a-viewer': 'Dieses Image ist kein Betrachter: Es hat keine lesbare Beschreibung.',
  'viewers.no-results':
    'Dieser Betrachter kann nichts speichern: In seiner Beschreibung steht nichts von „results“.',
  'viewers.admission-failed':
    'Dieser Betrachter hat seine Prüfung nicht bestanden und wird darum nicht angeboten.',
  'viewers.egress-invalid':
    'Ein Betrachter darf mit bis zu acht Rechnern sprechen, jeder mit seinem vollständigen Namen, zum Beispiel tools.example.org. Adressen aus Zahlen und Namen mit Stern gehen nicht.',
  'viewers.id-taken':
    'Einen Betrachter dieses Namens und dieser Version gibt es schon. Wählen Sie eine andere Version.',
  'viewers.not-approved': 'Dieser Betrachter wartet nicht auf eine Freigabe.',
  'viewers.no-base': 'Auf diesem Betrachter kann nicht aufgebaut werden.',
  'viewers.no-packages': 'Dieses Image sagt nicht, was darin installiert ist.',
  'viewers.egress-walls': 'Nur ein Betrachter mit normaler Abschottung darf mit anderen Rechnern sprechen.',
  'sessions.limit-reached':
    'Sie haben schon so viele Betrachter offen, wie Sie dürfen. Schließen Sie zuerst einen davon.',
  'sessions.host-full':
    'Gerade sind alle Betrachter in Benutzung. Bitte versuchen Sie es in ein paar Minuten noch einmal.',
  'sessions.reservation-time':
    'Ein Platz kann frühestens in einer Stunde und höchstens 14 Tage im Voraus freigehalten werden, und nicht länger, als ein Betrachter laufen darf. Bitte wählen Sie eine andere Zeit.',
  'sessions.reservation-limit':
    'Für Sie sind schon so viele Plätze freigehalten, wie eine Person haben darf. Geben Sie zuerst einen davon auf.',
  'sessions.reservation-too-large':
    'Das braucht mehr Platz, als im Voraus freigehalten werden kann. Sie können es ohne freigehaltenen Platz öffnen.',
  'sessions.reservation-full':
    'Zu dieser Zeit kann kein Platz mehr freigehalten werden. Bitte wählen Sie eine andere Zeit.',
  'sessions.not-permitted':
    'Was geöffnet werden sollte, ist nicht mehr das, was angefragt wurde; darum wurde nichts geöffnet. Bitte gehen Sie zurück zur Akte und wählen Sie noch einmal.',
  'sessions.ended': 'Dieser Betrachter wurde geschlossen.',
  'sessions.not-ready': 'Der Betrachter startet noch.',
  'sessions.viewer-crashed':
    'Der Betrachter ist unerwartet stehen geblieben. Ihre Akte ist sicher. Bitte öffnen Sie es noch einmal.',
  'sessions.build-too-large': 'Diese Kopie hat mehr als 8 GB der Festplatte belegt.',
  'sessions.display-lost': 'Die Verbindung zum Bild ist abgebrochen. Sie wird wiederhergestellt.',
  'sessions.ticket-refused': 'Diese Ansicht kann nicht mehr geöffnet werden. Bitte laden Sie die Seite neu.',
  'sessions.cut-off': 'Die Person, die Sie eingeladen hat, hat diese Ansicht beendet.',
  'sessions.time-up': 'Die Zeit für diese Ansicht ist um.',
  'exchange.duplicate': 'Das war schon in der Akte.',
  'exchange.flagged': 'Bitte prüfen Sie, ob das zu Ihnen gehört.',
  'exchange.hidden-content':
    'Diese Datei enthält mehr, als sie zeigt, etwa eine weitere Datei oder ein kleines Programm. Sie wurde so behalten, wie sie kam. Nichts darin wird je ausgeführt, und sie wird nur in einem abgeschlossenen Betrachter geöffnet.',
  'exchange.left-behind':
    'Manches, was dort lag, blieb zurück: Es ist von einer Art, die eine Akte nicht aufnimmt, zu groß oder eins zu viel.',
  'exchange.gone':
    'Es lag bis zum Schließen des Betrachters im Arbeitsspeicher, und der ging vorher verloren: Der Server fiel aus.',
  'exchange.unkept':
    'Es konnte wegen eines Fehlers bei uns nicht gespeichert werden. Bitte sagen Sie es dem Betreiber.',
  'exchange.not-scanned':
    'Diese Datei ist größer, als der Virenscanner annimmt. Sie wurde hinzugefügt, ohne dass er sie angesehen hat.',
  'exchange.ignored':
    'Das gehört nicht zu den Bildern (zum Beispiel ein Programm auf der CD) und wurde nicht hinzugefügt.',
};
