using System.Diagnostics;
using System.Globalization;
using System.Net;

namespace LstmOrleans.Faults.Network;

/// <summary>A network namespace for each silo, all on one bridge that this process reaches: so that two silos can be cut from each other and from nobody else.</summary>
/// <remarks>Needs Linux, root and iproute2. Everything is named after this process and removed at the end.</remarks>
internal sealed class SiloNetwork : IDisposable
{
    private readonly string _tag;
    private readonly int _silos;

    private SiloNetwork(string tag, int silos, string prefix) => (_tag, _silos, Prefix) = (tag, silos, prefix);

    /// <summary>This process on the bridge.</summary>
    public IPAddress Host => IPAddress.Parse($"{Prefix}.1");

    private string Prefix { get; }

    private string Bridge => $"lfb{_tag}";

    /// <summary>Builds the network.</summary>
    /// <returns>The network, or why there is none.</returns>
    public static (SiloNetwork? Network, string? Problem) Create(int silos)
    {
        int id = Environment.ProcessId;
        var network = new SiloNetwork((id % 100_000).ToString(CultureInfo.InvariantCulture), silos, string.Create(CultureInfo.InvariantCulture, $"10.{200 + (id % 50)}.{id / 50 % 250}"));
        string? problem = Ip("link", "add", network.Bridge, "type", "bridge")
            ?? Ip("addr", "add", $"{network.Prefix}.1/24", "dev", network.Bridge)
            ?? Ip("link", "set", network.Bridge, "up");
        for (int silo = 0; silo < silos && problem == null; silo++)
            problem = network.AddSilo(silo);
        if (problem == null)
            return (network, null);
        network.Dispose();
        return (null, $"network namespaces cannot be made here: {problem}");
    }

    public IPAddress AddressOf(int silo) => IPAddress.Parse(string.Create(CultureInfo.InvariantCulture, $"{Prefix}.{10 + silo}"));

    /// <summary>What comes before a command that is to run in a silo's namespace.</summary>
    public string[] Enter(int silo) => ["ip", "netns", "exec", Namespace(silo)];

    /// <summary>From now on nothing gets from one to the other, in both directions; what is under way is dropped without a word.</summary>
    public void Cut(int one, int other)
    {
        Require(Ip("-n", Namespace(one), "route", "add", "blackhole", $"{AddressOf(other)}/32"));
        Require(Ip("-n", Namespace(other), "route", "add", "blackhole", $"{AddressOf(one)}/32"));
    }

    public void Mend(int one, int other)
    {
        Require(Ip("-n", Namespace(one), "route", "del", "blackhole", $"{AddressOf(other)}/32"));
        Require(Ip("-n", Namespace(other), "route", "del", "blackhole", $"{AddressOf(one)}/32"));
    }

    /// <summary>Whether a connection from one silo's namespace to another silo's port can be made within a second.</summary>
    public bool CanConnect(int from, int to, int port) =>
        Run("ip", "netns", "exec", Namespace(from), "timeout", "1", "bash", "-c", string.Create(CultureInfo.InvariantCulture, $"exec 3<>/dev/tcp/{AddressOf(to)}/{port}")) == null;

    public void Dispose()
    {
        for (int silo = 0; silo < _silos; silo++)
            Ip("netns", "del", Namespace(silo));
        Ip("link", "del", Bridge);
    }

    private string Namespace(int silo) => $"lf{_tag}-{silo}";

    private string? AddSilo(int silo)
    {
        string outside = $"lfv{_tag}-{silo}", name = Namespace(silo);
        return Ip("netns", "add", name)
            ?? Ip("link", "add", outside, "type", "veth", "peer", "name", "eth0", "netns", name)
            ?? Ip("link", "set", outside, "master", Bridge)
            ?? Ip("link", "set", outside, "up")
            ?? Ip("-n", name, "addr", "add", $"{AddressOf(silo)}/24", "dev", "eth0")
            ?? Ip("-n", name, "link", "set", "eth0", "up")
            ?? Ip("-n", name, "link", "set", "lo", "up");
    }

    private static void Require(string? problem)
    {
        if (problem != null)
            throw new InvalidOperationException($"The network could not be changed: {problem}");
    }

    private static string? Ip(params string[] arguments) => Run("ip", arguments);

    private static string? Run(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
            string error = process.StandardError.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0 ? null : $"'{program} {string.Join(' ', arguments)}' ended with {process.ExitCode}. {error.Trim()}";
        }
        catch (System.ComponentModel.Win32Exception exception)
        {
            return exception.Message;
        }
    }
}
