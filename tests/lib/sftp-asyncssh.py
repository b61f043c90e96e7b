"""An SFTP server by asyncssh: sftp-asyncssh.py PORT HOST_KEY USER_KEY."""
import asyncio
import sys

import asyncssh


async def main(port, host_key, user_key):
    await asyncssh.listen("127.0.0.1", int(port), server_host_keys=[host_key],
                          authorized_client_keys=user_key, sftp_factory=True,
                          allow_scp=False)
    await asyncio.get_running_loop().create_future()

asyncio.run(main(*sys.argv[1:]))
