namespace LstmOrleans.Hosting.Dashboard.Api;

/// <summary>Why a request was refused, for a person: value, rule, remedy.</summary>
internal sealed record ApiError(string Error);

/// <summary>The token that an action carries, and the header that it goes into.</summary>
internal sealed record AntiforgeryView(string Header, string Token);

/// <summary>What the sender may do, and whether keys are in use here at all.</summary>
internal sealed record SessionView(string Access, bool Keyed);

/// <summary>A key, to sign in with.</summary>
internal sealed record SignInRequest(string? Key);
