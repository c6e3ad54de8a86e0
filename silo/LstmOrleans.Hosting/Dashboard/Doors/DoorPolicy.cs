using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace LstmOrleans.Hosting.Dashboard.Doors;

/// <summary>Who may do what: decided once from the settings and from the addresses that are listened on.</summary>
internal sealed class DoorPolicy
{
    private const string Section = "Lstm:Dashboard";
    private const string Bearer = "Bearer ";

    /// <summary>What lets somebody in.</summary>
    public static readonly string Remedy =
        $"Set {Section}:ReadKey and {Section}:AdminKey (environment: Lstm__Dashboard__ReadKey, Lstm__Dashboard__AdminKey; each at least {DashboardKey.FewestCharacters} characters, "
        + $"for example from 'openssl rand -hex 24'), or listen on 127.0.0.1, or allow looking without a key by name: {Section}:AnonymousAccess=Read, or serve no dashboard: {Section}:Enabled=false.";

    private readonly DashboardKey? _read;
    private readonly DashboardKey? _admin;
    private readonly DashboardAccess _anonymous;
    private readonly bool _onlyLoopback;
    private readonly bool _enabled;
    private readonly HashSet<string> _hosts;

    private DoorPolicy(LstmDashboardOptions options, bool onlyLoopback)
    {
        _read = options.ReadKey is { } read ? new DashboardKey(read) : null;
        _admin = options.AdminKey is { } admin ? new DashboardKey(admin) : null;
        (_onlyLoopback, _enabled) = (onlyLoopback, options.Enabled);
        _anonymous = options.AnonymousAccess ?? (HasKeys || !onlyLoopback ? DashboardAccess.None : DashboardAccess.Admin);
        _hosts = new HashSet<string>(options.Hosts, StringComparer.OrdinalIgnoreCase);
    }

    /// <summary>Whether anybody can be let in by a key.</summary>
    public bool HasKeys => _read != null || _admin != null;

    /// <summary>Whether more than this machine may have been listened on from the start, so that nothing is open that was not said to be.</summary>
    public bool IsForNetworks => !_onlyLoopback;

    /// <summary>Only ports were named, and nothing lets anybody in.</summary>
    public bool IsShut => _enabled && IsForNetworks && !HasKeys && _anonymous == DashboardAccess.None;

    /// <summary>Checks the settings against the addresses.</summary>
    /// <remarks>Where only a port was named and no key is set, the doors are shut and the process starts: whoever sets ports, an orchestrator, does not know of this dashboard.</remarks>
    /// <exception cref="OptionsValidationException">A key is too short or doubled, or an address of a network was named without a word on who may come in.</exception>
    public static DoorPolicy Create(LstmDashboardOptions options, IReadOnlyList<ListeningAddress> addresses)
    {
        if (Problem(options) is { } problem)
            throw Refusal(problem);
        var named = addresses.FirstOrDefault(address => address is { IsLoopback: false, IsNamed: true });
        if (options.Enabled && named != null && options is { ReadKey: null, AdminKey: null, AnonymousAccess: null or DashboardAccess.None })
        {
            throw Refusal(
                $"The dashboard would listen on {named.Url} without a key, where others than this machine reach it. {Remedy}");
        }

        return new DoorPolicy(options, addresses.All(address => address.IsLoopback));
    }

    /// <summary>What the sender of a request may do.</summary>
    public DashboardAccess AccessOf(HttpRequest request, out bool byHeader)
    {
        byHeader = false;
        if (request.Headers.Authorization is [{ } header, ..])
        {
            // A key that is given is meant: a wrong one is not taken for none.
            byHeader = true;
            return header.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase) ? Match(key => key.Is(header[Bearer.Length..].Trim())) : DashboardAccess.None;
        }

        var access = request.Cookies.TryGetValue(CookieName(request), out var cookie) && cookie != null ? Match(key => key.IsCookie(cookie)) : DashboardAccess.None;
        return access > Anonymous(request) ? access : Anonymous(request);
    }

    /// <summary>The access that a key gives, with what a browser keeps instead of it.</summary>
    public (DashboardAccess Access, string? Cookie) Login(string key)
    {
        var access = Match(candidate => candidate.Is(key));
        return (access, access switch { DashboardAccess.Admin => _admin!.Cookie, DashboardAccess.Read => _read!.Cookie, _ => null });
    }

    /// <summary>Cookies are shared by all ports of a host name; several dashboards on one machine must not sign each other out.</summary>
    public static string CookieName(HttpRequest request) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"lstm-dashboard-{request.Host.Port ?? 0}");

    /// <summary>Whether the request came by a name of this process. Without a key, a page of a stranger could give its own name our address (DNS rebinding) and read everything.</summary>
    public bool IsOurHost(HttpRequest request)
    {
        if (Anonymous(request) == DashboardAccess.None)
            return true;
        string host = request.Host.Host;
        if (IsLocalName(host) || _hosts.Contains(host))
            return true;
        bool isAddress = IPAddress.TryParse(host.Trim('[', ']'), out var ip);
        return _onlyLoopback ? isAddress && IPAddress.IsLoopback(ip!) : isAddress || host.Equals(Environment.MachineName, StringComparison.OrdinalIgnoreCase);
    }

    // Browsers resolve localhost and what is below it to this machine, whatever a name server says.
    private static bool IsLocalName(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || host.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase);

    // Whoever comes from elsewhere while only loopback was configured, came by a listener that was added in code: nothing is open to him.
    private DashboardAccess Anonymous(HttpRequest request) =>
        _onlyLoopback && request.HttpContext.Connection.LocalIpAddress is { } local && !IPAddress.IsLoopback(local) ? DashboardAccess.None : _anonymous;

    private DashboardAccess Match(Func<DashboardKey, bool> isIt)
    {
        // Both are always compared, so that the time does not tell which one was close.
        bool admin = _admin != null && isIt(_admin), read = _read != null && isIt(_read);
        return admin ? DashboardAccess.Admin : read ? DashboardAccess.Read : DashboardAccess.None;
    }

    private static string? Problem(LstmDashboardOptions options)
    {
        foreach (var (name, key) in new[] { ("ReadKey", options.ReadKey), ("AdminKey", options.AdminKey) })
        {
            if (key is { } given && given.Length < DashboardKey.FewestCharacters)
                return $"{Section}:{name} has {given.Length} characters; a key has at least {DashboardKey.FewestCharacters}. Make one: openssl rand -hex 24.";
        }

        if (options.ReadKey != null && options.ReadKey == options.AdminKey)
            return $"{Section}:ReadKey and {Section}:AdminKey are the same; whoever may look could act. Give them different values, or only AdminKey.";
        return options.AnonymousAccess is { } access && !Enum.IsDefined(access) ? $"{Section}:AnonymousAccess is {(int)access}; it must be None, Read or Admin." : null;
    }

    private static OptionsValidationException Refusal(string reason) => new(Section, typeof(LstmDashboardOptions), [reason]);
}
