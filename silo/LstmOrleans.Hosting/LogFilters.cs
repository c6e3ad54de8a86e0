using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;

namespace LstmOrleans.Hosting;

/// <summary>What an operator reads: this product's own lines, and of the frameworks what somebody has to look at. Logging:LogLevel:CATEGORY brings a category back.</summary>
internal sealed class LogFilters
{
    private static readonly (string Category, LogLevel Least)[] Levels =
    [
        ("Orleans", LogLevel.Warning),
        ("Microsoft.AspNetCore", LogLevel.Warning),
        ("Microsoft.Hosting", LogLevel.Warning),
        ("Microsoft.Extensions.Hosting", LogLevel.Warning),

        // Warns at every start that it has not run yet; nothing follows from it.
        ("Orleans.Runtime.Watchdog", LogLevel.Error),

        // A warning with a stack trace for each connection to a silo or client that went, and for each attempt to connect again.
        ("Orleans.Runtime.Messaging", LogLevel.Error),
        // A warning for each probe that was missed. What follows from them, votes and evictions, is told by the member list's own category.
        ("Orleans.Runtime.MembershipService.SiloHealthMonitor", LogLevel.Error),
        // A warning for each call that a dead silo has not answered; the caller gets an exception.
        ("Orleans.Runtime.CallbackData", LogLevel.Error),

        // These tell as errors, each with a stack trace, what happens once for each message in flight when a silo or client goes: a message that could not be
        // addressed or forwarded, a cancellation that could not be sent, an attempt at placement that failed and is made again. The sender gets a retryable answer.
        ("Orleans.Messaging", LogLevel.Critical),
        ("Orleans.Runtime.GrainCallCancellationManager", LogLevel.Critical),
        ("Polly", LogLevel.Critical),

        // An entry or a manifest of a silo that is gone could not be asked for; asked again after the next change of the member list.
        ("Orleans.Runtime.GrainDirectory", LogLevel.Critical),
        ("Orleans.Runtime.Metadata", LogLevel.Critical),

        // Warns at every start that its keys end with the process; that is what they are wanted for.
        ("Microsoft.AspNetCore.DataProtection", LogLevel.Error),

        // Every look of a supervisor at a process that is not ready would be an error line; the answer says it to whoever asked.
        ("Microsoft.Extensions.Diagnostics.HealthChecks", LogLevel.Critical),
    ];

    // A start that fails is thrown to LstmProcess, which tells it once; these would tell it four times before, each with a stack trace. Afterwards they
    // tell what went wrong while serving or stopping, which nobody else does.
    private static readonly string[] QuietAtStart = ["Orleans.Runtime.SiloLifecycleSubject", "Orleans.Runtime.Silo", "Microsoft.Extensions.Hosting.Internal.Host"];

    private volatile bool _started;

    /// <summary>The process serves: what fails from now on is not thrown to its starter.</summary>
    public void Started() => _started = true;

    public void Apply(ILoggingBuilder logging, IConfiguration configuration)
    {
        foreach (var (category, least) in Levels)
        {
            if (configuration[$"Logging:LogLevel:{category}"] == null)
                logging.AddFilter(category, least);
        }

        foreach (string category in QuietAtStart)
        {
            if (configuration[$"Logging:LogLevel:{category}"] == null)
                logging.AddFilter(category, level => level >= (_started ? LogLevel.Warning : LogLevel.Critical));
        }
    }
}
