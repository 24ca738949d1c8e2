import { describe, expect, it } from '@jest/globals';
import { whatIsShown } from './which-door.js';

const visit = (visitorName: string) => ({ visitorName });

describe('what an invited person is shown', () => {
  it('is the door of the link in the address, also where somebody else is looking in this tab', () => {
    expect(whatIsShown('secret', null)).toEqual({ door: 'invited', secret: 'secret' });
    expect(whatIsShown('secret', visit('Dr Weber'))).toEqual({ door: 'invited', secret: 'secret' });
  });

  it('is the view of who was let in, and without one the door for who comes back', () => {
    expect(whatIsShown('', visit('Dr Weber'))).toEqual({ door: 'view', visit: visit('Dr Weber') });
    expect(whatIsShown('', null)).toEqual({ door: 'earlier' });
  });
});
