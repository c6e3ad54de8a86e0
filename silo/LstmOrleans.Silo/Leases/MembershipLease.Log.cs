using Microsoft.Extensions.Logging;

namespace LstmOrleans.Silo.Leases;

internal sealed partial class MembershipLease
{
    [LoggerMessage(1, LogLevel.Warning, "The membership table cannot be read ({Reason}); reads of streams get a retryable answer until it can.")]
    private partial void LogNotRead(string reason);

    [LoggerMessage(2, LogLevel.Error, "The other silos have declared this one dead: the process was stopped or cut off for too long. Its streams live on elsewhere; it ends now.")]
    private partial void LogDeclaredDead();
}
