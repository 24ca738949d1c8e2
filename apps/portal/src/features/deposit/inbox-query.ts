export const INBOX = ['inbox'];
