using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace LstmOrleans.Hosting;

/// <summary>Runs a server process: what prevents a start is told in one line, with an exit code.</summary>
public static class LstmProcess
{
    /// <summary>Exit code of a process that could not start or whose store has ended.</summary>
    public const int Failed = 1;

    // The watcher behind it looks at the whole content root, and with the data folder in there it wakes for every write of the store's log: 6% of a busy
    // server's CPU. Settings are read at start; whoever wants them watched says so on the command line.
    private const string NoWatching = "--hostBuilder:reloadConfigOnChange=false";

    /// <summary>Builds and runs until the process is told to stop.</summary>
    /// <returns>0 after a clean stop, else what <see cref="Environment.ExitCode"/> was set to, or <see cref="Failed"/>.</returns>
    public static async Task<int> Run(string[] args, Func<WebApplicationBuilder, WebApplication> build)
    {
        ArgumentNullException.ThrowIfNull(build);
        try
        {
            await using var app = build(WebApplication.CreateBuilder([NoWatching, .. args]));
            app.Services.GetService<StopTime>()?.Keep(app.Lifetime);
            try
            {
                await app.StartAsync();
            }
            catch (Exception exception) when (IsStopped(exception, app))
            {
                await Console.Error.WriteLineAsync("Told to stop before the start was over.");
                await StopWhatHasStartedAsync(app);
                return Environment.ExitCode;
            }

            await app.WaitForShutdownAsync();
            return Environment.ExitCode;
        }
        catch (Exception exception) when (Reason(exception) is { } reason)
        {
            await Console.Error.WriteLineAsync(reason);
            return Failed;
        }
    }

    // A start may wait long, for the store of a cluster or for other silos.
    private static bool IsStopped(Exception exception, WebApplication app) =>
        app.Lifetime.ApplicationStopping.IsCancellationRequested && exception is OperationCanceledException or OrleansLifecycleCanceledException;

    private static async Task StopWhatHasStartedAsync(WebApplication app)
    {
        try
        {
            await app.StopAsync();
        }
        catch (Exception exception) when (Reason(exception) == null)
        {
            // Orleans refuses to stop a silo that is between two states. It serves nothing yet, and the others of its cluster see that it is gone.
        }
    }

    /// <summary>The message for a person, of the errors that a person can mend; null for those that need a stack trace.</summary>
    public static string? Reason(Exception exception) => exception switch
    {
        OptionsValidationException or OrleansConfigurationException or Silo.Storage.StorageOpenException or Silo.Storage.StorageFailedException => exception.Message,
        IOException { InnerException: AddressInUseException or SocketException { SocketErrorCode: SocketError.AddressAlreadyInUse } } =>
            $"{exception.Message} Is another server running on this machine? Set Orleans__Endpoints__SiloPort, Orleans__Endpoints__GatewayPort and ASPNETCORE_URLS to other ports.",
        IOException or UnauthorizedAccessException or SocketException => exception.Message,
        InvalidOperationException { InnerException: FormatException or ArgumentException } => exception.Message,
        AggregateException { InnerExceptions: [var only] } => Reason(only),
        _ when exception.InnerException is { } inner => Reason(inner),
        _ => null,
    };
}
