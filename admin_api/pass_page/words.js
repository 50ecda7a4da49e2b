// What the page says, in the languages of the house: it has to speak without asking anybody, so all of them are in it.
"use strict";
const words = {
  en: {
    pass: "Pass", qr: "QR code to show at the reader", left: "Seconds until the code changes",
    show: "Show this code at the reader", changes: "It changes by itself, even offline.",
    keep: "Keep a copy on this phone", kept: "Copy saved",
    careful: "The copy opens without the network. Whoever has it can come in as you, so do not pass it on.",
    ahead: "This phone’s clock is {far} ahead, so the gate may refuse the code. Set the time to automatic.",
    behind: "This phone’s clock is {far} behind, so the gate may refuse the code. Set the time to automatic.",
    missing: "This link is not complete",
    again: "Open the link that you were given again, all of it, or ask for a new one where you got it.",
  },
  fr: {
    pass: "Laissez-passer", qr: "Code QR à présenter au lecteur", left: "Secondes avant le changement du code",
    show: "Présentez ce code au lecteur", changes: "Il change de lui-même, même hors ligne.",
    keep: "Garder une copie sur ce téléphone", kept: "Copie enregistrée",
    careful: "La copie s’ouvre sans réseau. Quiconque la possède peut entrer à votre place : ne la transmettez pas.",
    ahead: "L’horloge de ce téléphone avance de {far}, et le code peut être refusé à l’entrée. Réglez l’heure sur automatique.",
    behind: "L’horloge de ce téléphone retarde de {far}, et le code peut être refusé à l’entrée. Réglez l’heure sur automatique.",
    missing: "Ce lien est incomplet",
    again: "Ouvrez à nouveau le lien reçu, en entier, ou demandez-en un autre là où vous l’avez obtenu.",
  },
  pl: {
    pass: "Przepustka", qr: "Kod QR do pokazania czytnikowi", left: "Sekundy do zmiany kodu",
    show: "Pokaż ten kod czytnikowi", changes: "Zmienia się sam, także bez sieci.",
    keep: "Zachowaj kopię w tym telefonie", kept: "Kopia zapisana",
    careful: "Kopia otwiera się bez sieci. Kto ją ma, może wejść w zastępstwie właściciela, więc proszę jej nie przekazywać.",
    ahead: "Zegar tego telefonu spieszy się o {far}, więc kod może zostać odrzucony przy wejściu. Proszę ustawić czas automatyczny.",
    behind: "Zegar tego telefonu spóźnia się o {far}, więc kod może zostać odrzucony przy wejściu. Proszę ustawić czas automatyczny.",
    missing: "To łącze jest niepełne",
    again: "Proszę otworzyć otrzymane łącze jeszcze raz, w całości, albo poprosić o nowe tam, skąd pochodzi.",
  },
  ro: {
    pass: "Permis", qr: "Cod QR de arătat cititorului", left: "Secunde până la schimbarea codului",
    show: "Arătați acest cod cititorului", changes: "Se schimbă singur, chiar și fără rețea.",
    keep: "Păstrați o copie pe acest telefon", kept: "Copie salvată",
    careful: "Copia se deschide fără rețea. Cine o are poate intra în locul dumneavoastră, deci nu o dați mai departe.",
    ahead: "Ceasul acestui telefon este cu {far} înainte, deci codul poate fi refuzat la intrare. Setați ora pe automat.",
    behind: "Ceasul acestui telefon este cu {far} în urmă, deci codul poate fi refuzat la intrare. Setați ora pe automat.",
    missing: "Acest link nu este complet",
    again: "Deschideți din nou linkul primit, în întregime, sau cereți altul de unde l-ați primit.",
  },
};
