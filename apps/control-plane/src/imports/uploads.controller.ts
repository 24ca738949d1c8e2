import { All, Controller, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { UploadServer } from '@vitrine/exchange';
import type { Account } from '@vitrine/identity';
import { CurrentAccount, Roles, WithoutRequestHeader } from '../http/index.js';

/** The tus protocol. Who may add to which import is checked for every request of it. */
@ApiExcludeController()
@Roles('patient', 'provider')
@WithoutRequestHeader()
@Controller('uploads')
export class UploadsController {
  constructor(private readonly uploads: UploadServer) {}

  @All(['', ':id'])
  handle(
    @CurrentAccount() account: Account,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    return this.uploads.handle(account.id, request, response);
  }
}
