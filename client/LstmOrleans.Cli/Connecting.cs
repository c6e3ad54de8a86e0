using System.Globalization;
using System.Net;
using LstmOrleans.Client;

namespace LstmOrleans.Cli;

/// <summary>Connects; where that takes a while, a person is told what is waited for.</summary>
internal static class Connecting
{
    /// <summary>A server that has just been started answers sooner.</summary>
    private static readonly TimeSpan WordAfter = TimeSpan.FromSeconds(5);

    /// <param name="gateway">A silo's gateway; absent = what is configured, or the default.</param>
    /// <param name="patience">How long to try when nobody answers.</param>
    /// <param name="note">Takes the line for a person.</param>
    /// <param name="cancellation">Ends the wait.</param>
    public static async Task<LstmConnection> ConnectAsync(IPEndPoint? gateway, TimeSpan patience, Action<string> note, CancellationToken cancellation)
    {
        // Begun first: the start of a connection takes its time too.
        var word = Task.Delay(WordAfter, cancellation);
        var connecting = LstmConnection.ConnectAsync(gateway, patience, new RetryPolicy { GiveUpAfter = patience }, cancellation);
        if (patience > WordAfter && await Task.WhenAny(connecting, word).ConfigureAwait(false) != connecting && !cancellation.IsCancellationRequested)
        {
            string where = gateway == null ? "by the configured clustering or at the default gateway" : $"at {gateway}";
            note(string.Create(CultureInfo.InvariantCulture, $"No server answers {where} yet; trying for {patience.TotalSeconds} s in all (--retry-for)."));
        }

        return await connecting.ConfigureAwait(false);
    }
}
