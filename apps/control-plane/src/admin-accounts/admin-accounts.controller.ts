import { Body, Controller, Get, Post } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { Accounts, agentOf, type Account } from '@vitrine/identity';
import { CurrentAccount, Roles } from '../http/index.js';
import { AdminAccountDto, CreatedAccountDto, NewAccountDto } from './admin-accounts.dto.js';

/** Who can sign in. Nothing of anybody's record is seen here. */
@ApiTags('admin')
@Roles('admin')
@Controller('admin/accounts')
export class AdminAccountsController {
  constructor(private readonly accounts: Accounts) {}

  @Get()
  @ApiOkResponse({ type: [AdminAccountDto] })
  async list(): Promise<AdminAccountDto[]> {
    return (await this.accounts.list()).map(viewOf);
  }

  @Post()
  @ApiCreatedResponse({ type: CreatedAccountDto })
  async create(@CurrentAccount() admin: Account, @Body() draft: NewAccountDto): Promise<CreatedAccountDto> {
    const { account, oneTimePassword } = await this.accounts.create(agentOf(admin), draft);
    return { account: viewOf(account), oneTimePassword };
  }
}

const viewOf = (account: Account): AdminAccountDto => ({
  id: account.id,
  name: account.name,
  email: account.email,
  role: account.role,
  createdAt: account.createdAt,
  mustChangePassword: account.mustChangePassword,
  ...(account.organisation === null ? {} : { organisation: account.organisation }),
});
